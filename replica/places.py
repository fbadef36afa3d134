"""Where synthetic trials take place and who leads them: real cities, invented institutions named after them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from msgspec import Raw, json

CITIES = """
Boston|Massachusetts|02114|United States|42.35843|-71.05977
New York|New York|10016|United States|40.71427|-74.00597
Houston|Texas|77030|United States|29.76328|-95.36327
Los Angeles|California|90048|United States|34.05223|-118.24368
Chicago|Illinois|60612|United States|41.85003|-87.65005
Rochester|Minnesota|55905|United States|44.02163|-92.4699
Seattle|Washington|98104|United States|47.60621|-122.33207
Atlanta|Georgia|30322|United States|33.749|-84.38798
Denver|Colorado|80045|United States|39.73915|-104.9847
Philadelphia|Pennsylvania|19104|United States|39.95238|-75.16362
San Antonio|Texas|78229|United States|29.42412|-98.49363
Birmingham|Alabama|35294|United States|33.52066|-86.80249
Cleveland|Ohio|44195|United States|41.4995|-81.69541
Miami|Florida|33136|United States|25.77427|-80.19366
Durham|North Carolina|27710|United States|35.99403|-78.89862
Phoenix|Arizona|85013|United States|33.44838|-112.07404
San Juan||00935|Puerto Rico|18.46633|-66.10572
Toronto|Ontario|M5G 2C4|Canada|43.70643|-79.39864
Montréal|Quebec|H2X 0A9|Canada|45.50884|-73.58781
Calgary|Alberta|T2N 2T9|Canada|51.05011|-114.08529
London||SE1 7EH|United Kingdom|51.50853|-0.12574
Manchester||M13 9WL|United Kingdom|53.48095|-2.23743
Glasgow||G12 0YN|United Kingdom|55.86515|-4.25763
Paris||75013|France|48.85341|2.3488
Lyon||69003|France|45.74846|4.84671
Besançon||25030|France|47.24878|6.01815
Toulouse||31059|France|43.60426|1.44367
Berlin||13353|Germany|52.52437|13.41053
München||81675|Germany|48.13743|11.57549
Köln||50937|Germany|50.93333|6.95
Heidelberg||69120|Germany|49.40768|8.69079
Zürich||8091|Switzerland|47.36667|8.55
Basel||4031|Switzerland|47.55839|7.57327
Wien||1090|Austria|48.20849|16.37208
Madrid||28041|Spain|40.4165|-3.70256
Barcelona||08035|Spain|41.38879|2.15899
A Coruña||15006|Spain|43.37135|-8.396
Sevilla||41013|Spain|37.38283|-5.97317
Milano|MI|20132|Italy|45.46427|9.18951
Roma|RM|00168|Italy|41.89193|12.51133
Bologna|BO|40138|Italy|44.49381|11.33875
Lisboa||1649-035|Portugal|38.71667|-9.13333
Amsterdam||1105 AZ|Netherlands|52.37403|4.88969
Rotterdam||3015 GD|Netherlands|51.9225|4.47917
Leuven||3000|Belgium|50.87959|4.70093
Copenhagen||2100|Denmark|55.67594|12.56553
Århus||8200|Denmark|56.15674|10.21076
Malmö||205 02|Sweden|55.60587|13.00073
Stockholm||171 76|Sweden|59.33258|18.0649
Oslo||0450|Norway|59.91273|10.74609
Helsinki||00290|Finland|60.16952|24.93545
Kraków||31-501|Poland|50.06143|19.93658
Łódź||92-213|Poland|51.75|19.46667
Warsaw||02-097|Poland|52.22977|21.01178
Praha||128 08|Czechia|50.08804|14.42076
Budapest||1083|Hungary|47.49801|19.03991
Bucharest||022328|Romania|44.43225|26.10626
Sofia||1431|Bulgaria|42.69751|23.32415
Athens||115 27|Greece|37.98376|23.72784
Istanbul||34093|Turkey (Türkiye)|41.01384|28.94966
Ankara||06100|Turkey (Türkiye)|39.91987|32.85427
Tel Aviv||64239|Israel|32.08088|34.78057
Cairo||11566|Egypt|30.06263|31.24967
Asyut|||Egypt|27.18096|31.18368
Johannesburg|Gauteng|2193|South Africa|-26.20227|28.04363
Cape Town|Western Cape|7925|South Africa|-33.92584|18.42322
Kampala|||Uganda|0.31628|32.58219
Kisumu|||Kenya|-0.10221|34.76171
Bamako|||Mali|12.65|-8
Karachi|Sindh|74800|Pakistan|24.8608|67.0104
Lahore|Punjab|54000|Pakistan|31.558|74.35071
New Delhi|National Capital Territory of Delhi|110029|India|28.63576|77.22445
Mumbai|Maharashtra|400012|India|19.07283|72.88261
Dhaka||1000|Bangladesh|23.7104|90.40744
Bangkok||10700|Thailand|13.75398|100.50144
Hà Nội|||Vietnam|21.0245|105.84117
Singapore||169608|Singapore|1.28967|103.85007
Manila||1000|Philippines|14.6042|120.9822
Beijing|Beijing Municipality|100730|China|39.9075|116.39723
Shanghai|Shanghai Municipality|200032|China|31.22222|121.45806
Guangzhou|Guangdong|510060|China|23.11667|113.25
Chengdu|Sichuan|610041|China|30.66667|104.06667
Wuhan|Hubei|430030|China|30.58333|114.26667
Hangzhou|Zhejiang||China|30.29365|120.16142
Seoul||03080|South Korea|37.566|126.9784
Busan||49241|South Korea|35.10168|129.03004
Taipei||10048|Taiwan|25.05306|121.52639
Tokyo||113-8655|Japan|35.6895|139.69171
Osaka||565-0871|Japan|34.69379|135.50107
Hong Kong|||Hong Kong|22.27832|114.17469
Melbourne|Victoria|3004|Australia|-37.814|144.96332
Sydney|New South Wales|2145|Australia|-33.86785|151.20732
Auckland||1023|New Zealand|-36.84853|174.76349
São Paulo|São Paulo|05403-000|Brazil|-23.5475|-46.63611
Porto Alegre|Rio Grande do Sul|90035-903|Brazil|-30.03283|-51.23019
Buenos Aires|Buenos Aires F.D.|C1181ACH|Argentina|-34.61315|-58.37723
Santiago|||Chile|-33.45694|-70.64827
Bogotá|||Colombia|4.60971|-74.08175
Ciudad de México|Mexico City|14080|Mexico|19.42847|-99.12766
Lima||Lima 31|Peru|-12.04318|-77.02824
Tbilisi||0112|Georgia|41.69411|44.83368
Tehran|||Iran|35.69439|51.42151
Riyadh|||Saudi Arabia|24.68773|46.72185
"""
FACILITIES = (  # "Replica" keeps invented trials away from real institutions
    "%s Replica University Hospital", "Replica General Hospital of %s", "%s Replica Medical Center", "Research Site",
    "Replica Clinical Research Institute, %s", "%s Replica Heart & Lung Clinic", "%s Replica Cancer Centre",
    "Investigational Site", "Replica Women's and Children's Hospital of %s",
)  # fmt: skip
COMPANIES = (
    "Altaria Therapeutics", "Borealis Pharma A/S", "Cindervale Biosciences", "Dunlin Laboratories",
    "Eastmark Pharmaceuticals Inc.",
    "Fjordmed AS", "Greywater Biologics, Inc.",
    "Hanseong Biopharm Co., Ltd.", "Ibérica de Investigación S.L.",
    "Jasper & Thorne Vaccines", "Kestrel Oncology", "Lindgräns Läkemedel AB",
    "Meridian Ridge Medical Devices", "Nordlys Pharma",
    "Ocarina Health", "Pelican Bay Pharma GmbH", "Quillon Therapeutics", "Rivière Santé",
    "Shenlan Pharmaceutical Co., Ltd",
)  # fmt: skip
GOVERNMENT = (
    ("National Institute of Synthetic Trials", "NIH"), ("Veterans Demonstration Office", "FED"),
    ("Ministry of Example Health", "OTHER_GOV"), ("Regional Health Authority of the Replica", "OTHER_GOV"),
    ("Synthetic Oncology Network", "NETWORK"),
)  # fmt: skip
SITE_STATUSES = ("RECRUITING", "NOT_YET_RECRUITING", "COMPLETED", "WITHDRAWN", "ACTIVE_NOT_RECRUITING")
CONTACT = {"name": "Study Contact", "role": "CONTACT", "phone": "555-0100", "email": "contact@example.org"}


class City(NamedTuple):
    name: str
    state: str
    zip: str
    country: str
    latitude: float
    longitude: float


@cache
def cities() -> tuple[City, ...]:
    """All the cities; the first ones are in North America, where most sites are."""
    rows = [line.split("|") for line in CITIES.strip().splitlines()]
    return tuple(
        City(name, state, code, country, float(latitude), float(longitude))
        for name, state, code, country, latitude, longitude in rows
    )


@cache
def site(number: int, status: str | None, with_contact: bool) -> Raw:
    """One location as JSON. The same number is always the same place."""
    city = cities()[number % len(cities())]
    kind = FACILITIES[number // len(cities()) % len(FACILITIES)]
    facility = kind % city.name if "%s" in kind else f"{kind} {number:04d}"
    found: dict[str, object] = {"facility": facility}
    if number % 13 == 7:
        del found["facility"]
    if status:
        found["status"] = status
    found["city"] = city.name
    found |= {name: value for name, value in (("state", city.state), ("zip", city.zip)) if value}
    found["country"] = city.country
    if with_contact:
        found["contacts"] = [{"name": "Study Contact", "role": "PRINCIPAL_INVESTIGATOR"}, CONTACT][number % 2 :]
    if number % 29 != 11:
        found["geoPoint"] = {"lat": city.latitude, "lon": city.longitude}
    return Raw(json.encode(found))


@cache
def academic_sponsors() -> tuple[str, ...]:
    """Names of invented universities and hospitals, one or two in every city."""
    patterns = (
        "%s University",
        "University Hospital of %s",
        "%s Medical Research Foundation",
        "%s Children's Hospital",
    )
    return tuple(pattern % city.name for place, city in enumerate(cities()) for pattern in patterns[place % 2 :: 2])
