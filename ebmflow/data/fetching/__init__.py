"""Get files from where they are: mirror, local path, internet; verified, resumable, never half-written.

`fetcher` decides where a file comes from, `origins` knows the kinds of places, `http` talks to servers,
`checks` looks at what arrived, `archives` opens zip and tar files safely.
"""
