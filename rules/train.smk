# Training: the step that a GPU speeds up; interrupted runs resume from results/checkpoints.
rule train:
    input:
        dataset="results/datasets/{dataset}.parquet",
    output:
        ages=directory("results/models/{dataset}/{model}/seed-{seed}/ages"),
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
        history="results/models/{dataset}/{model}/seed-{seed}/history.parquet",
    log:
        "results/logs/train/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/train/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=720,
        gpu=GPUS,
    params:
        spec=STUDY.spec("train"),
        code=STUDY.code("train"),
    message:
        "train: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"
