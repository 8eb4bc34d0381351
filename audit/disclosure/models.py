"""Disclosure requests (開示請求) and official inquiries (公用照会)."""
