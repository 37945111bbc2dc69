"""Runs PostgreSQL and Valkey from two Python wheels, for machines that have no such servers.

`start_pair` runs a pair that ends with its caller; `borrow_pair` borrows the running pair of a data directory, or runs
one for as long as anybody borrows it; `find_pair` only looks. Who uses a pair is known by locks that the kernel lets go
of when a process is killed, so a killed owner leaves nothing that the next start could not sort out.

    data_dir/postgres  data_dir/valkey   the data
    data_dir/run                         the socket (a short temporary folder where the path would be too long)
    data_dir/logs                        what the servers say
    data_dir/servers.json                how to reach the running pair; readable by its owner only, it holds a password

Started by root, the servers run as `nobody`: PostgreSQL refuses root, and Valkey has no need of it.
"""

from hunan_trade.servers.postgres_and_valkey import ServerPair, borrow_pair, find_pair, start_pair
from hunan_trade.servers.server_processes import ServersFailed

__all__ = ["ServerPair", "ServersFailed", "borrow_pair", "find_pair", "start_pair"]
