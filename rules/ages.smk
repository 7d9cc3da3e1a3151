# Quality over generation time at several training ages, models side by side.
rule compare_ages:
    input:
        scores=STUDY.tables("score"),
    output:
        svg=report(
            "results/figures/{dataset}/quality_by_age.svg",
            caption="../workflow/report/quality_by_age.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/quality_by_age.png",
    log:
        "results/logs/compare_ages/{dataset}.log",
    benchmark:
        "results/benchmarks/compare_ages/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("compare_ages"),
        code=STUDY.code("compare_ages"),
    message:
        "compare_ages: {wildcards.dataset}"
    script:
        "../scripts/compare_ages.py"
