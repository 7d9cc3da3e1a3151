# Released units of label-erasing machines: what they look for, and what flipping them does.
rule measure_release:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
        dataset="results/datasets/{dataset}.parquet",
    output:
        scores="results/release/{dataset}/{model}/seed-{seed}/scores.parquet",
        table="results/release/{dataset}/{model}/seed-{seed}/scores.tsv",
        vectors="results/release/{dataset}/{model}/seed-{seed}/vectors.parquet",
        inputs="results/release/{dataset}/{model}/seed-{seed}/inputs.parquet",
        morph="results/release/{dataset}/{model}/seed-{seed}/morph.parquet",
    log:
        "results/logs/measure_release/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/measure_release/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=60,
    params:
        spec=STUDY.spec("measure_release"),
        code=STUDY.code("measure_release"),
    message:
        "measure_release: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/measure_release.py"


rule plot_release:
    input:
        vectors="results/release/{dataset}/{model}/seed-{seed}/vectors.parquet",
        inputs="results/release/{dataset}/{model}/seed-{seed}/inputs.parquet",
        morph="results/release/{dataset}/{model}/seed-{seed}/morph.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/release.svg",
            caption="../workflow/report/release.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/release.png",
    log:
        "results/logs/plot_release/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_release/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_release"),
        code=STUDY.code("plot_release"),
    message:
        "plot_release: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_release.py"
