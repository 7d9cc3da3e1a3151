# From fetched files to a filtered matrix.
rule align:
    input:
        fetched=STUDY.fetched("source", "align"),
    output:
        aligned="results/data/{dataset}/aligned.parquet",
    log:
        "results/logs/align/{dataset}.log",
    benchmark:
        "results/benchmarks/align/{dataset}.tsv"
    priority: 1
    conda:
        "../environment.yml"
    threads: 8
    resources:
        mem_mb=megabytes(4000),
        runtime=240,
    params:
        spec=STUDY.spec("align"),
        code=STUDY.code("align"),
    message:
        "align: {wildcards.dataset}"
    script:
        "../scripts/align.py"


rule filter_gaps:
    input:
        aligned="results/data/{dataset}/aligned.parquet",
    output:
        filtered="results/data/{dataset}/filtered.parquet",
    log:
        "results/logs/filter_gaps/{dataset}.log",
    benchmark:
        "results/benchmarks/filter_gaps/{dataset}.tsv"
    priority: 1
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=30,
    params:
        spec=STUDY.spec("filter_gaps"),
        code=STUDY.code("filter_gaps"),
    message:
        "filter_gaps: {wildcards.dataset}"
    script:
        "../scripts/filter_gaps.py"
