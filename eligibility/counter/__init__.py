"""窓口: receiving notifications (届出) at the counter, from entry over the check page to the receipt."""
