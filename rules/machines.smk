# What machines have learnt, and how fast: tables of their units, scores against epochs.
rule describe_units:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
    output:
        units="results/units/{dataset}/{model}/seed-{seed}.parquet",
    log:
        "results/logs/describe_units/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/describe_units/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("describe_units"),
        code=STUDY.code("describe_units"),
    message:
        "describe_units: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/describe_units.py"


rule plot_units:
    input:
        units="results/units/{dataset}/{model}/seed-{seed}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/units.svg",
            caption="../workflow/report/units.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/units.png",
    log:
        "results/logs/plot_units/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_units/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_units"),
        code=STUDY.code("plot_units"),
    message:
        "plot_units: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_units.py"


rule plot_learning:
    input:
        scores=STUDY.tables("score", "estimate_likelihood"),
        dataset="results/datasets/{dataset}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/learning.svg",
            caption="../workflow/report/learning.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/learning.png",
    log:
        "results/logs/plot_learning/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_learning/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_learning"),
        code=STUDY.code("plot_learning"),
    message:
        "plot_learning: {wildcards.dataset}"
    script:
        "../scripts/plot_learning.py"


rule plot_singular_values:
    input:
        scores=STUDY.tables("score"),
    output:
        svg=report(
            "results/figures/{dataset}/singular_values.svg",
            caption="../workflow/report/singular_values.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/singular_values.png",
    log:
        "results/logs/plot_singular_values/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_singular_values/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_singular_values"),
        code=STUDY.code("plot_singular_values"),
    message:
        "plot_singular_values: {wildcards.dataset}"
    script:
        "../scripts/plot_singular_values.py"


rule plot_label_vectors:
    input:
        vectors="results/release/{dataset}/{model}/seed-{seed}/vectors.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/label_vectors.svg",
            caption="../workflow/report/label_vectors.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/label_vectors.png",
    log:
        "results/logs/plot_label_vectors/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_label_vectors/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_label_vectors"),
        code=STUDY.code("plot_label_vectors"),
    message:
        "plot_label_vectors: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_label_vectors.py"
