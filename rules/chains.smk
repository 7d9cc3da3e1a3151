# Chains over generation time, as pictures.
rule plot_chains:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/chains.svg",
            caption="../workflow/report/chains.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/chains.png",
    log:
        "results/logs/plot_chains/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_chains/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_chains"),
        code=STUDY.code("plot_chains"),
    message:
        "plot_chains: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_chains.py"
