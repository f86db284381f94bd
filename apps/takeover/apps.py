from django.apps import AppConfig


class TakeoverConfig(AppConfig):
    name = "apps.takeover"
