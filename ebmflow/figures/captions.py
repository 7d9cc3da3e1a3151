"""Captions: what each figure shows and what to look for; the figure's file name is its key.

The workflow's own report reads the same sentences from workflow/report/<figure>.rst (a test keeps
the two equal).
"""

from __future__ import annotations

from typing import NamedTuple


class Caption(NamedTuple):
    """Heading, what is shown, what to look for."""

    heading: str
    shown: str
    look_for: str


CAPTIONS = {
    "projection": Caption(
        "Data and generated samples on principal components",
        "Rows projected on the two leading principal components of the weighted training data. "
        "Large pale dots are data, small outlined dots are generated; colours are labels. The "
        "outer histograms compare data (black outline) and generated rows (violet).",
        "Violet areas should fill the black outlines, and in the small panels generated dots "
        "should cover the cloud of their own label: missing parts mean lost diversity, dots "
        "outside mean wrong labels or rows that no training row resembles.",
    ),
    "quality": Caption(
        "Quality of generated samples, per label",
        "Scores of generated rows against data, one line per label, their mean in black; open dots "
        "mark the best value. The dashed line is the floor: held-out rows scored against training "
        "rows; the dotted one an independent-site model, without couplings. Where several training "
        "ages were sampled, a second block shows the mean for each.",
        "Errors should approach the floor, P_GG and P_DD should approach 0.5. A model trained with "
        "short chains is best near the number of sweeps it was trained with.",
    ),
    "compare_quality": Caption(
        "Quality of generated samples, model against model",
        "Scores averaged over labels, one line per model; bands reach from the smallest to the "
        "largest value over seeds.",
        "Compare the best values, and how many sweeps each model needs to reach them.",
    ),
    "observables": Caption(
        "Generated data against exact results",
        "Observables of the generated data at each value of the parameter, with two standard "
        "errors, on exact curves: for a system of this size where they are known (solid), and for "
        "an infinite one (dashed).",
        "Points should lie on the solid line within their errors, and on the dashed one away from "
        "the transition; an infinite system has no magnetisation above the critical temperature, a "
        "finite one always has some.",
    ),
    "training": Caption(
        "Training history",
        "Norm of the gradient and of its parts, label accuracy and covariance error on held-out "
        "rows, and norms of the parameters, against updates.",
        "Gradients should level off, accuracy should rise and stay; a covariance error that rises "
        "again late tells that training went on too long.",
    ),
    "accuracy": Caption(
        "Label prediction against training age",
        "Share of held-out rows whose label is predicted correctly; solid lines use the exact "
        "posterior, dashed lines a chain with the data clamped.",
        "Both lines should rise together; a gap between them means that the prediction chain has "
        "not reached its stationary state.",
    ),
    "confusion": Caption(
        "Confusion matrix of held-out rows",
        "Rows are true labels, columns predicted labels, cells percent of the true label.",
        "A dark diagonal; off-diagonal cells show which labels resemble each other.",
    ),
    "prediction_time": Caption(
        "Label prediction against prediction time",
        "Share of held-out rows whose label a chain names correctly, from a random label with the "
        "data clamped, against the sweeps done; the last age of each model. Bands reach from the "
        "smallest to the largest value over seeds; dotted lines use the exact posterior.",
        "Chance at 0, then a rise. A chain gives one draw of the posterior, so that it stays below "
        "the dotted line where rows are ambiguous. A model trained with short chains may fall "
        "again after the number of sweeps it was trained with.",
    ),
    "calibration": Caption(
        "Are predicted labels right as often as their probability says?",
        "Top left: share of held-out rows labelled correctly against the probability that the "
        "exact posterior gives to the predicted label, in bins of equal width, with 95 % "
        "intervals; the legend gives the expected calibration error, the mean distance from the "
        "diagonal over rows. Below: how often each probability occurs. Right: area under the curve "
        "of each label against the rest, a mark a seed.",
        "Points on the dashed diagonal; below it, the model is too sure of itself. Areas near 1 "
        "mean that the rows of a label come first, 0.5 is chance.",
    ),
    "confusion_over_seeds": Caption(
        "Confusion matrices, mean over seeds",
        "Rows are true labels, columns predicted labels, cells the mean percent of the true label "
        "and its standard deviation over training runs with different seeds.",
        "A dark diagonal with small deviations. Large ones tell that a confusion is the chance of "
        "a training run, not of the labels.",
    ),
    "logos": Caption(
        "Sequence logos, data against generated",
        "Letter heights in bits (small-sample corrected, scaled by occupancy); the grey bars below "
        "the line show the share of gaps. Orange: hydrophobic, green: polar, blue: basic, red: "
        "acidic. Data rows count with their sequence weights.",
        "Left and right should agree letter by letter within a label, and differ between labels at "
        "the same sites.",
    ),
    "structure": Caption(
        "Do generated sequences fold?",
        "Predicted foldability by label: probability of the target fold for lattice proteins, mean "
        "pLDDT (0 to 100, with the usual bands at 50, 70 and 90) for real ones. Natural: held-out "
        "sequences; random: the same with their residues shuffled; profile: every site drawn "
        "independently from the letters of its column. Dotted lines are means. Sequences without "
        "a usable prediction are not drawn; the title counts them.",
        "Generated sequences (violet) should lie with the natural ones (black), far from random "
        "ones (grey), and beyond what conservation alone gives (orange).",
    ),
    "tm_score": Caption(
        "Do generated sequences fold like natural ones?",
        "TM-score of each predicted structure with predictions of natural sequences of its label "
        "(the highest of a few) or with a template: 1 for equal backbones, about 0.2 for unrelated "
        "ones, above 0.5 mostly the same fold. Natural sequences are compared with other natural "
        "ones. Dotted lines are means.",
        "Generated sequences (violet) should score as natural ones (black) do; Disentangling asks "
        "for 0.7.",
    ),
    "plausibility": Caption(
        "What a protein language model says",
        "Log-likelihood of the residues by ESM-2, in nats per residue: exact (each residue masked "
        "in turn) where it is called pseudo-log-likelihood, cheaper and higher where it is called "
        "one-pass score; and the distance of each sequence to the nearest natural one of its label "
        "in the model's space. Natural, random and profile sequences as in the figure on folding.",
        "Generated sequences (violet) should lie with the natural ones (black): lower likelihood "
        "or larger distance tells sequences unlike natural proteins.",
    ),
    "novelty": Caption(
        "Distance to the nearest training row",
        "Sites that differ between a row and the most similar training row of any label; the black "
        "outline shows held-out data.",
        "Both histograms should agree. Generated rows closer than held-out data (or copies, at 0) "
        "tell memorisation; rows much farther away tell noise.",
    ),
    "images": Caption(
        "Images, data against generated",
        "The first rows of each label, held-out data on the left, generated on the right.",
        "Generated images should show the pattern of their label, and differ from each other.",
    ),
    "chains": Caption(
        "Chains over generation time",
        "One row per chain, at the numbers of sweeps above the columns; the name of the clamped "
        "label at the left. The orange frame marks the number of sweeps used in training, blue "
        "lines the moments at which released units were set to another state.",
        "Pictures should be clear in the orange frame; before it they are unfinished, and long "
        "after it they may fade or become all alike. After a blue line they should change class, "
        "and what does not depend on the class should stay for a while.",
    ),
    "frequencies": Caption(
        "Allele frequencies, data against generated",
        "One dot per site: how often allele 1 occurs among the data of a label, and among the rows "
        "generated for it. Data rows count with their weights.",
        "Dots should lie on the diagonal; a tilt towards the centre means that generated rows are "
        "noisier than the data.",
    ),
    "learning": Caption(
        "How fast machines learn",
        "Against passes over the training rows: the share of sites that differ between a picture "
        "and its completion from the given sites; energies over the ground-state energy, of "
        "chains after a few sweeps from random states (Gibbs accessibility) and of the "
        "configurations that training itself uses for its negative phase (method accessibility); "
        "likelihoods, where they were estimated. Thick lines are means over seeds, bands 95 % "
        "intervals of the mean, thin lines single seeds.",
        "How many epochs a method needs until its distance is near zero, on training and on "
        "held-out rows alike. A thin line that stays up is a seed that got stuck. Accessibility "
        "near 1 from the start means that low-energy states are found at once.",
    ),
    "singular_values": Caption(
        "Singular values of the weights",
        "Singular values of the trained weights by rank, as shares of the largest one, one line "
        "per model; bands reach from the smallest to the largest value over seeds.",
        "A few values that stand out tell how many directions were learnt: four for the columns "
        "of 4 x 4 bars.",
    ),
    "units": Caption(
        "What hidden units look for",
        "Visible parts of the patterns, or weights of the hidden units, as pictures; the largest "
        "ones first. Red is positive, blue negative.",
        "Shapes that occur in the data. Noise means that training has not reached the unit; equal "
        "pictures, that units repeat each other.",
    ),
    "release": Caption(
        "Released units: label vectors, inputs, and classes that change",
        "Top: weights of released units against the entries of their label vectors (of the first "
        "unit where none is released), and inputs of held-out rows to the first unit, by class. "
        "Bottom: chains from held-out rows with the released units held at the state of their "
        "class, and set to that of the next class at the dashed line; probability of the next "
        "class by a classifier fitted on training rows, and log-probability up to a constant. "
        "Lines are means, bands reach from the 10th to the 90th percentile.",
        "Dots on a line through the origin: the unit codes for the label and nothing else. Inputs "
        "of two classes apart. After the dashed line the probability should rise from 0 to 1, and "
        "the log-probability return to a level typical of the machine.",
    ),
    "probes": Caption(
        "What hidden inputs know about labels",
        "Left: lower bound of the information about the label, in bits, that classifiers of "
        "growing width read from hidden inputs of held-out rows. Right: absolute correlations of "
        "single inputs with labels, over training rows.",
        "Erased labels: no information for the logistic classifier and no correlation at all; "
        "wider classifiers may still read traces of higher order.",
    ),
    "costs": Caption(
        "What constraints cost in log-likelihood",
        "Left: log-likelihood per site of held-out rows under each machine, between two bounds by "
        "annealed importance sampling, with standard errors. Right: what constrained machines "
        "lose against the unconstrained one. Red marks bounds that cross, or enclose little, so "
        "that the numbers cannot be used; the title says which and why.",
        "No red. Erasing the label from all units should cost more than releasing some units, "
        "and the latter little.",
    ),
    "label_theory": Caption(
        "Label vectors from few labels, and costs by formula",
        "Left: overlap (cosine) of the label vector computed from some labels, half of them of "
        "each class, with that from all training rows; band: one standard deviation over random "
        "draws; dashed and dotted: Eq. 30 with the labels of one class, and of both. "
        "Right: log-likelihood per site that a machine of "
        "Gaussian hidden units and one spin unit loses when the label is erased from all units, "
        "or from all but the spin unit, from the covariances of the data alone.",
        "How few labels suffice for an overlap near 1. Erasure should cost more than "
        "disentanglement, and both should level off with the number of units.",
    ),
    "untrained": Caption(
        "Untrained machines: how near the ground state chains come",
        "Energy that chains reach from a random state in a few sweeps, over the energy of the "
        "ground state, in random machines that have learnt nothing, against the standard "
        "deviation of their weights; bands are one standard deviation over machines. Machines "
        "of the recipe (weights from patterns, for RAPID) beside normal and uniform weights of "
        "the same size.",
        "The plateau at the right: 1 means that the ground state is found. Where machines of "
        "patterns stay near 1 and the others do not, low-energy states of the latter are hard "
        "to reach.",
    ),
}


def describe(figure: str) -> Caption:
    """Return the caption of a figure name; a plain one for names without entry."""
    return CAPTIONS.get(figure, Caption(figure.replace("_", " ").capitalize(), "", ""))
