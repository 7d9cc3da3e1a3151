# Generated data whose exact behaviour is known: is it right?
rule measure_observables:
    input:
        aligned="results/data/{dataset}/aligned.parquet",
    output:
        observables="results/observables/{dataset}/observables.parquet",
        table="results/observables/{dataset}/observables.tsv",
    log:
        "results/logs/measure_observables/{dataset}.log",
    benchmark:
        "results/benchmarks/measure_observables/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("measure_observables"),
        code=STUDY.code("measure_observables"),
    message:
        "measure_observables: {wildcards.dataset}"
    script:
        "../scripts/measure_observables.py"


rule plot_observables:
    input:
        observables="results/observables/{dataset}/observables.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/observables.svg",
            caption="../workflow/report/observables.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/observables.png",
    log:
        "results/logs/plot_observables/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_observables/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_observables"),
        code=STUDY.code("plot_observables"),
    message:
        "plot_observables: {wildcards.dataset}"
    script:
        "../scripts/plot_observables.py"
