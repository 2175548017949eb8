"""What this room offers to the composition root."""

from meguri.passport.events import LifeChanged, PassportIssued, PassportSucceeded
from meguri.recycling import (
    api,
    api_batteries,
    api_files,
    api_lives,
    api_market,
    api_rates,
    api_reports,
    api_routes,
    kinds,
    pages,
    pages_bench,
    pages_content,
    pages_figures,
    pages_files,
    pages_journey,
    pages_market,
    pages_outlook,
    pages_report,
    pages_reports,
    pages_routes,
    pages_runs,
    pages_tours,
)
from meguri.recycling.events import LotReceived, RunPosted
from meguri.recycling.jobs import jobs
from meguri.recycling.service import passports, whereabouts

__all__ = ["jobs", "kinds", "navigation", "reactions", "route_handlers"]

route_handlers = [
    *api.handlers,
    *api_batteries.handlers,
    *api_rates.handlers,
    *api_market.handlers,
    *api_files.handlers,
    *api_reports.handlers,
    *api_routes.handlers,
    *api_lives.handlers,
    *pages.handlers,
    *pages_runs.handlers,
    *pages_figures.handlers,
    *pages_files.handlers,
    *pages_content.handlers,
    *pages_journey.handlers,
    *pages_tours.handlers,
    *pages_market.handlers,
    *pages_bench.handlers,
    *pages_outlook.handlers,
    *pages_report.handlers,
    *pages_reports.handlers,
    *pages_routes.handlers,
]
navigation = [*pages.places]
reactions = {
    LotReceived: [passports.on_received],
    RunPosted: [passports.on_posted],
    PassportIssued: [whereabouts.on_issued],
    LifeChanged: [whereabouts.on_lived],
    PassportSucceeded: [whereabouts.on_succeeded],
}
