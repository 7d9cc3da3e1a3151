"""Options of couplings: how effective weights are parametrised and where they start."""
