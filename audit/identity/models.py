"""Signing in (ログイン): passkeys, passwords, second factor, common sign-on."""
