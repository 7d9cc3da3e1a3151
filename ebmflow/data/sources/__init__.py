"""Where rows come from: files, services, generators; one module a kind."""
