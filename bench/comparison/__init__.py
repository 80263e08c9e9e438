"""What bench/compare consists of.

`works` is the table of what is compared and what must come of it, `contenders` the table of who takes part, `needs`
what those need to be installed or built. `measuring` runs a contender and counts, `generators` are the load, `idling`
and `loading` measure other things than a server's time, `replies` checks the bytes first, `machine` says where it ran,
`output` writes tables, and `command` is the course of it.
"""
