# Machines that have learnt nothing: what chains reach in them.
rule measure_untrained:
    input:
        dataset="results/datasets/{dataset}.parquet",
    output:
        untrained="results/untrained/{dataset}/{model}.parquet",
    log:
        "results/logs/measure_untrained/{dataset}/{model}.log",
    benchmark:
        "results/benchmarks/measure_untrained/{dataset}/{model}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=120,
    params:
        spec=STUDY.spec("measure_untrained"),
        code=STUDY.code("measure_untrained"),
    message:
        "measure_untrained: {wildcards.dataset}, {wildcards.model}"
    script:
        "../scripts/measure_untrained.py"


rule plot_untrained:
    input:
        untrained=STUDY.tables("measure_untrained"),
    output:
        svg=report(
            "results/figures/{dataset}/untrained.svg",
            caption="../workflow/report/untrained.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/untrained.png",
    log:
        "results/logs/plot_untrained/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_untrained/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_untrained"),
        code=STUDY.code("plot_untrained"),
    message:
        "plot_untrained: {wildcards.dataset}"
    script:
        "../scripts/plot_untrained.py"
