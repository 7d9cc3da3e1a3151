# Labels: changing one reruns no alignment and no weights.
rule assemble_labels:
    input:
        aligned="results/data/{dataset}/aligned.parquet",
        fetched=STUDY.fetched("labels"),
    output:
        labels="results/data/{dataset}/labels.parquet",
    log:
        "results/logs/assemble_labels/{dataset}.log",
    benchmark:
        "results/benchmarks/assemble_labels/{dataset}.tsv"
    priority: 1
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("assemble_labels"),
        code=STUDY.code("assemble_labels"),
    message:
        "assemble_labels: {wildcards.dataset}"
    script:
        "../scripts/assemble_labels.py"
