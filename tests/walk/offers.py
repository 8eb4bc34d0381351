"""What a page offers: its links and its forms with what they would send, read from the HTML as a browser reads it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve


@dataclass
class Offer:
    """A link or a form of a page: where it leads, how, and the fields that pressing it sends."""

    method: str
    address: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    @property
    def route(self):
        """The route that answers, or nothing for another host or a file that is no page."""
        parts = urlsplit(self.address)
        if parts.netloc or parts.scheme or not parts.path.startswith("/"):
            return None
        try:
            return resolve(parts.path)
        except Resolver404:
            return None


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.offers, self.form = page, [], None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and (given.get("href") or "").strip() and not given["href"].startswith("#"):
            self.offers.append(Offer("get", urljoin(self.page, given["href"])))
        elif tag == "form":
            self.form = Offer(given.get("method", "get").lower(), urljoin(self.page, given.get("action") or self.page))
            self.offers.append(self.form)
        elif tag == "button" and given.get("formaction"):
            self.offers.append(Offer("post", urljoin(self.page, given["formaction"])))
        elif self.form is not None and given.get("name"):
            self._field(tag, given)

    def _field(self, tag, given):
        chosen = given.get("type") not in ("checkbox", "radio") or "checked" in given
        named = tag == "button" and given.get("type", "submit") == "submit" and given["name"] not in self.form.fields
        if named or (tag in ("input", "textarea") and chosen):
            self.form.fields.setdefault(given["name"], []).append(given.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


def offers(page: str, html: str) -> list[Offer]:
    """The links and forms of the page at the address `page`."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.offers
