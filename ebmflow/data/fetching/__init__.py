"""Get files from mirror, local path or the internet: verified, resumable, never half-written.

`fetcher` decides where a file comes from, `http` talks to servers, `checks` looks at what arrived,
`archives` opens zip and tar files safely, `origins` assembles files that no server has as such.
"""
