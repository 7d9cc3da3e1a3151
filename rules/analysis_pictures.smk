# Pictures of likelihoods, costs and classifiers on hidden inputs: tables in, pictures out.
rule plot_costs:
    input:
        scores=STUDY.tables("estimate_likelihood", "estimate_costs"),
    output:
        svg=report(
            "results/figures/{dataset}/costs.svg",
            caption="../workflow/report/costs.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/costs.png",
    log:
        "results/logs/plot_costs/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_costs/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_costs"),
        code=STUDY.code("plot_costs"),
    message:
        "plot_costs: {wildcards.dataset}"
    script:
        "../scripts/plot_costs.py"


rule plot_probes:
    input:
        scores=STUDY.tables("probe_hidden"),
        pearson=STUDY.tables_beside("pearson", "probe_hidden"),
    output:
        svg=report(
            "results/figures/{dataset}/probes.svg",
            caption="../workflow/report/probes.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/probes.png",
    log:
        "results/logs/plot_probes/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_probes/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_probes"),
        code=STUDY.code("plot_probes"),
    message:
        "plot_probes: {wildcards.dataset}"
    script:
        "../scripts/plot_probes.py"


rule plot_likelihoods:
    input:
        rows="results/likelihoods/{dataset}/{model}/seed-{seed}/rows.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/likelihoods.svg",
            caption="../workflow/report/likelihoods.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/likelihoods.png",
    log:
        "results/logs/plot_likelihoods/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/plot_likelihoods/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_likelihoods"),
        code=STUDY.code("plot_likelihoods"),
    message:
        "plot_likelihoods: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/plot_likelihoods.py"
