"""被保険者証 (A03, A07): issue, re-issue, recovery, the print, and the monthly run of those who come of age."""
