"""App configuration of `ui`, which registers the system check of the navigation."""

from importlib import import_module

from django.apps import AppConfig


class Ui(AppConfig):
    name = "hunan_trade.ui"

    def ready(self) -> None:
        import_module(f"{self.name}.navigation")  # registers the check; it needs the models, which stand only now
