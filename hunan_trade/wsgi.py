"""The WSGI application that gunicorn serves."""

import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hunan_trade.settings")


class Utf8Request(WSGIRequest):
    """HTTP request that is decoded as UTF-8, whatever charset its Content-Type names.

    Django decodes the address by any codec that the caller names, bz2 included, and breaks before a middleware could
    answer; `web.malformed_requests` refuses other codecs.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


application = get_wsgi_application()
application.request_class = Utf8Request
