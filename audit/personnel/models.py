"""Personnel data (人事情報), id requests, pledges, contractors' ids, the yearly review of ids."""
