# Couplings of chaotic networks, which differ between the two directions.
rule describe_couplings:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
    output:
        couplings="results/couplings/{dataset}/{model}/seed-{seed}.parquet",
    log:
        "results/logs/describe_couplings/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/describe_couplings/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("describe_couplings"),
        code=STUDY.code("describe_couplings"),
    message:
        "describe_couplings: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/describe_couplings.py"


rule plot_couplings:
    input:
        couplings="results/couplings/{dataset}/{model}/seed-{seed}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/couplings.svg",
            caption="../workflow/report/couplings.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/couplings.png",
    log:
        "results/logs/plot_couplings/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_couplings/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_couplings"),
        code=STUDY.code("plot_couplings"),
    message:
        "plot_couplings: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_couplings.py"
