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


rule measure_label_theory:
    input:
        dataset="results/datasets/{dataset}.parquet",
    output:
        overlap="results/label_theory/{dataset}/overlap.parquet",
        overlap_table="results/label_theory/{dataset}/overlap.tsv",
        costs="results/label_theory/{dataset}/costs.parquet",
        costs_table="results/label_theory/{dataset}/costs.tsv",
    log:
        "results/logs/measure_label_theory/{dataset}.log",
    benchmark:
        "results/benchmarks/measure_label_theory/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=60,
    params:
        spec=STUDY.spec("measure_label_theory"),
        code=STUDY.code("measure_label_theory"),
    message:
        "measure_label_theory: {wildcards.dataset}"
    script:
        "../scripts/measure_label_theory.py"


rule plot_label_theory:
    input:
        overlap="results/label_theory/{dataset}/overlap.parquet",
        costs="results/label_theory/{dataset}/costs.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/label_theory.svg",
            caption="../workflow/report/label_theory.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/label_theory.png",
    log:
        "results/logs/plot_label_theory/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_label_theory/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_label_theory"),
        code=STUDY.code("plot_label_theory"),
    message:
        "plot_label_theory: {wildcards.dataset}"
    script:
        "../scripts/plot_label_theory.py"
