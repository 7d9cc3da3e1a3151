# Scores: one job and one file per metric, so that a new metric reruns nothing else.
rule score:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
        models="results/models/{dataset}/{model}/seed-{seed}/ages",
    output:
        scores="results/scores/{dataset}/{model}/seed-{seed}/{sampling}/{metric}.parquet",
        table="results/scores/{dataset}/{model}/seed-{seed}/{sampling}/{metric}.tsv",
    log:
        "results/logs/score/{dataset}/{model}/seed-{seed}/{sampling}/{metric}.log",
    benchmark:
        "results/benchmarks/score/{dataset}/{model}/seed-{seed}/{sampling}/{metric}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=120,
    params:
        spec=STUDY.spec("score"),
        code=STUDY.code("score"),
    message:
        "score: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}, {wildcards.metric}"
    script:
        "../scripts/score.py"


rule classify:
    input:
        predictions="results/predictions/{dataset}/{model}/seed-{seed}.parquet",
        dataset="results/datasets/{dataset}.parquet",
    output:
        scores="results/classification/{dataset}/{model}/seed-{seed}/scores.parquet",
        confusion="results/classification/{dataset}/{model}/seed-{seed}/confusion.parquet",
        calibration="results/classification/{dataset}/{model}/seed-{seed}/calibration.parquet",
    log:
        "results/logs/classify/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/classify/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("classify"),
        code=STUDY.code("classify"),
    message:
        "classify: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/classify.py"


rule project:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
    output:
        projection="results/projections/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/project/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/project/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("project"),
        code=STUDY.code("project"),
    message:
        "project: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/project.py"


rule measure_novelty:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
    output:
        novelty="results/novelty/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/measure_novelty/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/measure_novelty/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("measure_novelty"),
        code=STUDY.code("measure_novelty"),
    message:
        "measure_novelty: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/measure_novelty.py"


rule summarise_sites:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
    output:
        logos="results/logos/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/summarise_sites/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/summarise_sites/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("summarise_sites"),
        code=STUDY.code("summarise_sites"),
    message:
        "summarise_sites: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/summarise_sites.py"
