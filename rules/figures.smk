# Figures of training runs and scores: tables in, pictures out.
rule plot_training:
    input:
        history="results/models/{dataset}/{model}/seed-{seed}/history.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/training.svg",
            caption="../workflow/report/training.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/training.png",
    log:
        "results/logs/plot_training/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_training/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_training"),
        code=STUDY.code("plot_training"),
    message:
        "plot_training: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_training.py"


rule plot_confusion:
    input:
        predictions="results/predictions/{dataset}/{model}/seed-{seed}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/confusion.svg",
            caption="../workflow/report/confusion.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/confusion.png",
    log:
        "results/logs/plot_confusion/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_confusion/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_confusion"),
        code=STUDY.code("plot_confusion"),
    message:
        "plot_confusion: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_confusion.py"


rule plot_accuracy:
    input:
        predictions=STUDY.tables("predict_labels"),
    output:
        svg=report(
            "results/figures/{dataset}/accuracy.svg",
            caption="../workflow/report/accuracy.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/accuracy.png",
    log:
        "results/logs/plot_accuracy/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_accuracy/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_accuracy"),
        code=STUDY.code("plot_accuracy"),
    message:
        "plot_accuracy: {wildcards.dataset}"
    script:
        "../scripts/plot_accuracy.py"


rule plot_quality:
    input:
        scores=STUDY.tables("score"),
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/quality.svg",
            caption="../workflow/report/quality.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/quality.png",
    log:
        "results/logs/plot_quality/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_quality/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_quality"),
        code=STUDY.code("plot_quality"),
    message:
        "plot_quality: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_quality.py"


rule compare_quality:
    input:
        scores=STUDY.tables("score"),
    output:
        svg=report(
            "results/figures/{dataset}/quality.svg",
            caption="../workflow/report/compare_quality.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/quality.png",
    log:
        "results/logs/compare_quality/{dataset}.log",
    benchmark:
        "results/benchmarks/compare_quality/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("compare_quality"),
        code=STUDY.code("compare_quality"),
    message:
        "compare_quality: {wildcards.dataset}"
    script:
        "../scripts/compare_quality.py"
