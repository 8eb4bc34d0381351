from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """資格: residents, households, insured periods."""

    name = "eligibility"
    verbose_name = "資格"

    def ready(self) -> None:
        from audit import worklist
        from eligibility import casebook, holdings, jobs, places, search_keys, story, story_facts, subjects, tabs  # noqa: F401
        from eligibility.cards import acts, services  # noqa: F401
        from eligibility.cards import exports as card_exports
        from eligibility.cards import jobs as card_jobs  # noqa: F401
        from eligibility.cards import tabs as card_tabs  # noqa: F401
        from eligibility.contacts import acts as contact_acts  # noqa: F401
        from eligibility.contacts import queries as contact_queries
        from eligibility.contacts import tabs as contact_tabs  # noqa: F401
        from eligibility.counter import closing, kinds  # noqa: F401
        from eligibility.insurance import follow
        from eligibility.matching import jobs as matching_jobs  # noqa: F401
        from eligibility.matching import queries as matching_queries

        casebook.register()
        card_exports.register()
        follow(services.settle)
        worklist.provide(places.waiting)
        worklist.provide(contact_queries.waiting)
        worklist.provide(matching_queries.waiting)
