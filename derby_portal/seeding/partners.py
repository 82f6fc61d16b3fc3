"""The programme's partners and hubs, and which wards lie next to which."""

from __future__ import annotations

from typing import NamedTuple

from hubs.models import OrganisationKind

TRUST = "Derby County Community Trust"
CULTURE_PARTNERSHIP = "Derby Cultural Education Partnership"
SPORT_FORUM = "Derby Sport Forum"
UNIVERSITY = "University of Derby"
FUNDER = "Department for Education, through Derby City Council"
ARTCORE = "Artcore"
BABY_PEOPLE = "Baby People"
THEATRE = "Derby Theatre"
DEDA = "Déda"
MUSEUMS = "Derby Museums"
EMCCAN = "East Midlands Caribbean Carnival Arts Network"
VIVA = "Sinfonia Viva"
QUAD = "QUAD"
MUSIC = "Derby and Derbyshire Music Partnership"
CYCLE = "Cycle Derby"
ATHLETICS = "Derby Athletic Club"
BOXING = "Oz Box"
METROPOLITAN = "Metropolitan"
DERWENT_CENTRE = "Derwent Youth and Community Centre"

LEADS = (TRUST, CULTURE_PARTNERSHIP, SPORT_FORUM)
DELIVERY = (
    *(ARTCORE, BABY_PEOPLE, THEATRE, DEDA, MUSEUMS, EMCCAN, VIVA, QUAD, MUSIC),
    *(CYCLE, ATHLETICS, BOXING, METROPOLITAN, DERWENT_CENTRE),
)
# Two more schools belong to the SEND hub; their names are not on record.
SEND_SCHOOLS = ("Ivy House", "Royal School for the Deaf Derby", "St Andrew's", "St Clare's")

ORGANISATIONS: tuple[tuple[str, OrganisationKind], ...] = (
    *((name, OrganisationKind.LEAD) for name in LEADS),
    *((name, OrganisationKind.DELIVERY) for name in DELIVERY),
    *((name, OrganisationKind.SCHOOL) for name in SEND_SCHOOLS),
    (FUNDER, OrganisationKind.FUNDER),
    (UNIVERSITY, OrganisationKind.EVALUATOR),
)


class HubFacts(NamedTuple):
    """One hub. A ward hub carries its ward's name; the SEND hub serves the whole city."""

    name: str
    coordinator: str
    summary: str

    @property
    def is_ward(self) -> bool:
        return self.name != "SEND"


HUBS: tuple[HubFacts, ...] = (
    HubFacts("Abbey", TRUST, "Theatre, football and cycling between the Arboretum and Mackworth."),
    HubFacts("Alvaston", TRUST, "Boxing, athletics, film and drumming in the south-east."),
    HubFacts("Arboretum", TRUST, "Something on every day of the week, close to the city centre."),
    HubFacts("Boulton", TRUST, "Dance, football, art and music for Boulton and its neighbours."),
    HubFacts("Chaddesden", DEDA, "Circus, dance and sport in the north-east, run with Déda."),
    HubFacts("Derwent", DEDA, "Youth club nights, dance and boxing, run with Déda."),
    HubFacts("Mackworth", TRUST, "Athletics, theatre and digital making in the north-west."),
    HubFacts("Normanton", TRUST, "Carnival arts, creative clubs and late football."),
    HubFacts("Sinfin", TRUST, "Music, boxing, street art and cycling in the south."),
    HubFacts("SEND", TRUST, "Across the city, for children and young people with special needs."),
)

# Read off the ward map: pairs whose boundaries run together for some way.
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "Abbey": ("Mackworth", "Arboretum", "Littleover", "Normanton"),
    "Alvaston": ("Spondon", "Boulton", "Sinfin", "Chaddesden", "Arboretum"),
    "Arboretum": ("Abbey", "Normanton", "Darley", "Alvaston"),
    "Boulton": ("Chellaston", "Alvaston", "Sinfin"),
    "Chaddesden": ("Derwent", "Spondon", "Alvaston", "Oakwood"),
    "Derwent": ("Chaddesden", "Oakwood", "Darley", "Alvaston"),
    "Mackworth": ("Abbey", "Mickleover", "Allestree", "Darley"),
    "Normanton": ("Arboretum", "Abbey", "Blagreaves"),
    "Sinfin": ("Alvaston", "Chellaston", "Boulton", "Normanton"),
}
