# Structure prediction: one table for all predictors.
rule fold:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
    output:
        structures="results/structures/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/fold/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/fold/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(8000),
        runtime=720,
        gpu=GPUS,
    params:
        spec=STUDY.spec("fold"),
        code=STUDY.code("fold"),
    message:
        "fold: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/fold.py"
