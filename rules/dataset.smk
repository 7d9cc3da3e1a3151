# One labelled, weighted, split dataset in one file.
rule assemble_dataset:
    input:
        filtered="results/data/{dataset}/filtered.parquet",
        labels="results/data/{dataset}/labels.parquet",
        weights="results/data/{dataset}/weights.parquet",
    output:
        assembled="results/data/{dataset}/assembled.parquet",
    log:
        "results/logs/assemble_dataset/{dataset}.log",
    benchmark:
        "results/benchmarks/assemble_dataset/{dataset}.tsv"
    priority: 1
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("assemble_dataset"),
        code=STUDY.code("assemble_dataset"),
    message:
        "assemble_dataset: {wildcards.dataset}"
    script:
        "../scripts/assemble_dataset.py"


rule split_dataset:
    input:
        assembled="results/data/{dataset}/assembled.parquet",
    output:
        dataset="results/datasets/{dataset}.parquet",
        counts="results/datasets/{dataset}.counts.tsv",
    log:
        "results/logs/split_dataset/{dataset}.log",
    benchmark:
        "results/benchmarks/split_dataset/{dataset}.tsv"
    priority: 1
    conda:
        "../environment.yml"
    threads: 8
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("split_dataset"),
        code=STUDY.code("split_dataset"),
    message:
        "split_dataset: {wildcards.dataset}"
    script:
        "../scripts/split_dataset.py"
