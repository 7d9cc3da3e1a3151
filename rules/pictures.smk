# Pictures of generated rows: tables in, pictures out.
rule plot_projection:
    input:
        projection="results/projections/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/projection.svg",
            caption="../workflow/report/projection.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/projection.png",
    log:
        "results/logs/plot_projection/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_projection/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_projection"),
        code=STUDY.code("plot_projection"),
    message:
        "plot_projection: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_projection.py"


rule plot_frequencies:
    input:
        logos="results/logos/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/frequencies.svg",
            caption="../workflow/report/frequencies.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/frequencies.png",
    log:
        "results/logs/plot_frequencies/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_frequencies/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_frequencies"),
        code=STUDY.code("plot_frequencies"),
    message:
        "plot_frequencies: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_frequencies.py"


rule plot_images:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/images.svg",
            caption="../workflow/report/images.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/images.png",
    log:
        "results/logs/plot_images/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_images/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_images"),
        code=STUDY.code("plot_images"),
    message:
        "plot_images: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_images.py"


rule plot_novelty:
    input:
        novelty="results/novelty/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/novelty.svg",
            caption="../workflow/report/novelty.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/novelty.png",
    log:
        "results/logs/plot_novelty/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_novelty/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_novelty"),
        code=STUDY.code("plot_novelty"),
    message:
        "plot_novelty: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_novelty.py"
