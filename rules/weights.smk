# Weights of rows by the number of similar ones.
rule reweight:
    input:
        filtered="results/data/{dataset}/filtered.parquet",
    output:
        weights="results/data/{dataset}/weights.parquet",
    log:
        "results/logs/reweight/{dataset}.log",
    benchmark:
        "results/benchmarks/reweight/{dataset}.tsv"
    priority: 1
    conda:
        "../environment.yml"
    threads: 8
    resources:
        mem_mb=megabytes(2000),
        runtime=120,
    params:
        spec=STUDY.spec("reweight"),
        code=STUDY.code("reweight"),
    message:
        "reweight: {wildcards.dataset}"
    script:
        "../scripts/reweight.py"
