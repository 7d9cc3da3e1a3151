# Pictures of structures and of what language models say: tables in, pictures out.
rule plot_structure:
    input:
        structures="results/structures/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/structure.svg",
            caption="../workflow/report/structure.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/structure.png",
    log:
        "results/logs/plot_structure/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_structure/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_structure"),
        code=STUDY.code("plot_structure"),
    message:
        "plot_structure: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_structure.py"


rule plot_tm_score:
    input:
        tm_scores="results/tm_scores/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/tm_score.svg",
            caption="../workflow/report/tm_score.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/tm_score.png",
    log:
        "results/logs/plot_tm_score/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_tm_score/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_tm_score"),
        code=STUDY.code("plot_tm_score"),
    message:
        "plot_tm_score: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_tm_score.py"


rule plot_plausibility:
    input:
        plausibility="results/plausibility/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/plausibility.svg",
            caption="../workflow/report/plausibility.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/plausibility.png",
    log:
        "results/logs/plot_plausibility/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_plausibility/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_plausibility"),
        code=STUDY.code("plot_plausibility"),
    message:
        "plot_plausibility: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_plausibility.py"
