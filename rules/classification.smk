# Predicted labels of all models of a dataset: tables in, pictures out.
rule plot_prediction_time:
    input:
        scores=STUDY.tables("classify"),
    output:
        svg=report(
            "results/figures/{dataset}/prediction_time.svg",
            caption="../workflow/report/prediction_time.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/prediction_time.png",
    log:
        "results/logs/plot_prediction_time/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_prediction_time/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_prediction_time"),
        code=STUDY.code("plot_prediction_time"),
    message:
        "plot_prediction_time: {wildcards.dataset}"
    script:
        "../scripts/plot_prediction_time.py"


rule plot_calibration:
    input:
        scores=STUDY.tables("classify"),
        calibration=STUDY.tables_beside("calibration", "classify"),
    output:
        svg=report(
            "results/figures/{dataset}/calibration.svg",
            caption="../workflow/report/calibration.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/calibration.png",
    log:
        "results/logs/plot_calibration/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_calibration/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_calibration"),
        code=STUDY.code("plot_calibration"),
    message:
        "plot_calibration: {wildcards.dataset}"
    script:
        "../scripts/plot_calibration.py"


rule plot_confusion_over_seeds:
    input:
        confusion=STUDY.tables_beside("confusion", "classify"),
    output:
        svg=report(
            "results/figures/{dataset}/confusion_over_seeds.svg",
            caption="../workflow/report/confusion_over_seeds.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/confusion_over_seeds.png",
    log:
        "results/logs/plot_confusion_over_seeds/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_confusion_over_seeds/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_confusion_over_seeds"),
        code=STUDY.code("plot_confusion_over_seeds"),
    message:
        "plot_confusion_over_seeds: {wildcards.dataset}"
    script:
        "../scripts/plot_confusion_over_seeds.py"
