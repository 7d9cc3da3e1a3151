# Sequence logos.
rule draw_logos:
    input:
        logos="results/logos/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/logos.svg",
            caption="../workflow/report/logos.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/logos.png",
    log:
        "results/logs/draw_logos/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/draw_logos/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("draw_logos"),
        code=STUDY.code("draw_logos"),
    message:
        "draw_logos: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/draw_logos.py"
