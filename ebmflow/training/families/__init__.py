"""Model families: from options and a state space to an initialised model. One file each."""
