# Figures and tables of papers as targets: `snakemake fig_ff_3a --configfile config/papers/...`.
for figure, files in STUDY.figure_files.items():

    rule:
        name:
            figure
        input:
            files,
        localrule: True
        message:
            f"{figure}: {STUDY.plan.study.figures[figure].title}"
