# What is about the whole study.
rule collect_scores:
    input:
        scores=STUDY.scores,
    output:
        table="results/summary/scores.parquet",
        text="results/summary/scores.tsv",
        seeds="results/summary/scores_over_seeds.parquet",
        seeds_text="results/summary/scores_over_seeds.tsv",
    log:
        "results/logs/collect_scores.log",
    benchmark:
        "results/benchmarks/collect_scores.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("collect_scores"),
        code=STUDY.code("collect_scores"),
    message:
        "collect_scores: the whole study"
    script:
        "../scripts/collect_scores.py"


rule compare_papers:
    input:
        scores="results/summary/scores.parquet",
        tables=STUDY.paper_tables,
    output:
        table="results/summary/paper_vs_obtained.parquet",
        text="results/summary/paper_vs_obtained.tsv",
    log:
        "results/logs/compare_papers.log",
    benchmark:
        "results/benchmarks/compare_papers.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("compare_papers"),
        code=STUDY.code("compare_papers"),
    message:
        "compare_papers: the whole study"
    script:
        "../scripts/compare_papers.py"


rule write_report:
    input:
        tables=STUDY.tables(),
        papers="results/summary/paper_vs_obtained.parquet",
        figures=STUDY.figures,
    output:
        report="results/report.html",
    log:
        "results/logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("write_report"),
        code=STUDY.code("write_report"),
    message:
        "write_report: the whole study"
    script:
        "../scripts/write_report.py"


rule write_manifest:
    input:
        files=STUDY.final,
    output:
        manifest="results/summary/manifest.tsv",
    log:
        "results/logs/write_manifest.log",
    benchmark:
        "results/benchmarks/write_manifest.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("write_manifest"),
        code=STUDY.code("write_manifest"),
    message:
        "write_manifest: the whole study"
    script:
        "../scripts/write_manifest.py"
