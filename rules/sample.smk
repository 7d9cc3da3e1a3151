# What trained models generate, and which labels they predict.
rule sample:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        # its checksums enter the provenance of what is made from the models
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
        dataset="results/datasets/{dataset}.parquet",
    output:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/sample/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/sample/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=240,
        gpu=GPUS,
    params:
        spec=STUDY.spec("sample"),
        code=STUDY.code("sample"),
    message:
        "sample: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/sample.py"


rule predict_labels:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        # its checksums enter the provenance of what is made from the models
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
        dataset="results/datasets/{dataset}.parquet",
    output:
        predictions="results/predictions/{dataset}/{model}/seed-{seed}.parquet",
    log:
        "results/logs/predict_labels/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/predict_labels/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=120,
        gpu=GPUS,
    params:
        spec=STUDY.spec("predict_labels"),
        code=STUDY.code("predict_labels"),
    message:
        "predict_labels: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/predict_labels.py"
