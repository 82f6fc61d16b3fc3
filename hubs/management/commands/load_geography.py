"""Load official geography and deprivation files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hubs.loaders.errors import SourceFileError
from hubs.loaders.formats import DEPRIVATION_FORMATS
from hubs.models import CensusYear, Lsoa, Postcode, Ward
from hubs.reference import BOUNDARY_YEAR
from hubs.services import GeographyFiles, GeographyMissingError, Merged, load_geography


class Command(BaseCommand):
    help = (
        "Load wards, small areas, deprivation and postcodes from official files, all or nothing. "
        "Each file may come alone once what it needs is loaded; loading again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wards", type=Path, metavar="F", help="wards of 2019 with their shapes, GeoJSON"
        )
        parser.add_argument(
            "--lookup", type=Path, metavar="F", help="LSOA 2011 to ward 2019, CSV of the ONS"
        )
        parser.add_argument(
            "--iod", type=Path, metavar="F", help="Indices of Deprivation, File 3, CSV"
        )
        parser.add_argument(
            "--edition",
            type=int,
            choices=sorted(DEPRIVATION_FORMATS),
            help="edition of the --iod file",
        )
        parser.add_argument(
            "--postcodes", type=Path, metavar="F", help="postcodes with LSOAs and wards, CSV"
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="remove postcodes and LSOAs of 2011 that their new file does not have",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files = GeographyFiles(
            wards=options["wards"],
            lookup=options["lookup"],
            postcodes=options["postcodes"],
            deprivation=options["iod"],
            edition=options["edition"],
        )
        self._check(files)
        try:
            done = load_geography(files, replace=options["replace"], progress=self.stderr.write)
        except (SourceFileError, GeographyMissingError) as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self._report(done)

    def _check(self, files: GeographyFiles) -> None:
        if not any((files.wards, files.lookup, files.postcodes, files.deprivation)):
            raise CommandError("Give at least one of --wards, --lookup, --iod, --postcodes.")
        if bool(files.deprivation) != bool(files.edition):
            raise CommandError("--iod and --edition belong together.")

    def _report(self, done: dict[str, Merged]) -> None:
        for what, merged in done.items():
            removed = f", {merged.removed:,} removed" if merged.removed else ""
            self.stdout.write(
                f"{what}: {merged.created:,} created, {merged.updated:,} updated, "
                f"{merged.unchanged:,} unchanged{removed}"
            )
        if not any(merged.changed for merged in done.values()):
            self.stdout.write("Nothing changed: everything was loaded already.")
        wards = Ward.objects.filter(boundary_year=BOUNDARY_YEAR).count()
        lsoas = Lsoa.objects.filter(census_year=CensusYear.Y2011).count()
        postcodes = Postcode.objects.count()
        self.stdout.write(f"{wards:,} wards, {lsoas:,} LSOAs, {postcodes:,} postcodes")
