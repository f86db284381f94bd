from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from apps.accounts import second_factor  # noqa: F401 - hears what allauth tells of second factors
