"""API clients (API利用者): tokens, scopes, expiry, rate limits."""
