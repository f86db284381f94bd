"""Names, streets, numbers: what a portfolio is made of. Everything is invented; the check digits are right."""

from random import Random

BUILDING_KINDS = ["Résidence", "Les Jardins", "Le Clos", "Le Parc", "Les Terrasses", "Le Square", "Residentie", "Hof"]
BUILDING_NAMES = [
    "Acacia", "Albert", "Ambiorix", "Anémone", "Aquarelle", "Astrid", "Baudouin", "Bellevue", "Belvédère", "Bergerac",
    "Boréal", "Brabançonne", "Bruyère", "Cambre", "Camélia", "Cèdre", "Charlemagne", "Châtelain", "Clémenceau",
    "Concorde", "Duquesnoy", "Églantine", "Élisabeth", "Érasme", "Floréal", "Gambetta", "Glycine", "Godefroid",
    "Hortensia", "Iris", "Jasmin", "Léopold", "Lilas", "Linden", "Magnolia", "Marguerite", "Mercator", "Mimosa",
    "Montgomery", "Orangerie", "Orchidée", "Panorama", "Pervenche", "Rubens", "Solvay", "Tilleul", "Tulipe", "Vesalius",
]  # fmt: skip
STREETS = [
    "Rue Neuve", "Rue de la Station", "Avenue Louise", "Avenue des Tilleuls", "Boulevard du Midi", "Rue du Moulin",
    "Rue de l’Église", "Chaussée de Wavre", "Place Communale", "Rue des Écoles", "Avenue de la Toison d’Or",
    "Quai Vert", "Kerkstraat", "Stationsstraat", "Molenstraat", "Nieuwstraat", "Schoolstraat", "Grote Markt", "Zeedijk",
    "Parklaan",
]  # fmt: skip
PLACES = [
    ("1000", "Bruxelles"), ("1030", "Schaerbeek"), ("1050", "Ixelles"), ("1060", "Saint-Gilles"), ("1180", "Uccle"),
    ("1190", "Forest"), ("1200", "Woluwe-Saint-Lambert"), ("1300", "Wavre"), ("1348", "Louvain-la-Neuve"),
    ("4000", "Liège"), ("5000", "Namur"), ("6000", "Charleroi"), ("7000", "Mons"), ("2000", "Antwerpen"),
    ("3000", "Leuven"), ("8000", "Brugge"), ("8400", "Oostende"), ("9000", "Gent"),
]  # fmt: skip
FIRST_NAMES = [
    "Adèle", "Alain", "Amina", "Anne", "Arthur", "Bernard", "Brigitte", "Camille", "Cédric", "Chantal", "Claire",
    "Daniel", "Dominique", "Émilie", "Éric", "Fatima", "Françoise", "Geneviève", "Hugo", "Isabelle", "Jacques",
    "Joëlle", "Karim", "Laurent", "Louise", "Luc", "Marc", "Marie", "Mehdi", "Nathalie", "Noël", "Olivier", "Pascale",
    "Philippe", "Sophie", "Thérèse", "An", "Bart", "Dirk", "Els", "Greet", "Hilde", "Jan", "Joke", "Koen", "Lieve",
    "Maarten", "Peter", "Sofie", "Stijn", "Tom", "Wim",
]  # fmt: skip
NAMES = [
    "Adam", "André", "Bastin", "Benali", "Bertrand", "Charlier", "Collard", "Collignon", "Denis", "Deprez", "Dubois",
    "Dumont", "Dupont", "El Amrani", "Evrard", "Fontaine", "François", "Gérard", "Gillet", "Hubert", "Lambert",
    "Laurent", "Leclercq", "Lefèvre", "Lejeune", "Léonard", "Maréchal", "Martin", "Mathieu", "Michel", "Moreau",
    "Noël", "Petit", "Rousseau", "Simon", "Thiry", "Claes", "De Backer", "De Clercq", "De Smet", "Goossens",
    "Hendrickx", "Hermans", "Jacobs", "Janssens", "Maes", "Mertens", "Peeters", "Pauwels", "Smets", "Vandenberghe",
    "Van Damme", "Vermeulen", "Willems", "Wouters", "Yıldız",
]  # fmt: skip
COMPANIES = ["Immobilière", "Patrimoine", "Foncière", "Immo", "Vastgoed", "Invest"]
LEGAL_FORMS = ["SA", "SRL", "NV", "BV"]
MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
]  # fmt: skip


def building_name(number: int) -> str:
    """Different for the first 384 buildings."""
    name = BUILDING_NAMES[number % len(BUILDING_NAMES)]
    return f"{BUILDING_KINDS[number // len(BUILDING_NAMES) % len(BUILDING_KINDS)]} {name}"


def street(rng: Random) -> str:
    return f"{rng.choice(STREETS)} {rng.randint(1, 240)}"


def company_name(rng: Random) -> str:
    return f"{rng.choice(COMPANIES)} {rng.choice(NAMES)} {rng.choice(LEGAL_FORMS)}"


def phone(rng: Random) -> str:
    return f"04{rng.randint(70, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)}"


def enterprise_number(serial: int) -> str:
    """Ten digits, the last two 97 − (first eight mod 97) (DOMAIN.md BE-04)."""
    digits = f"{serial:08}"
    return f"{digits}{97 - serial % 97:02}"


def iban(rng: Random) -> str:
    """A Belgian IBAN, with both of its check digits."""
    account = rng.randint(1_000_000_000, 9_999_999_999)
    digits = f"{account}{account % 97 or 97:02}"
    return f"BE{98 - int(digits + '111400') % 97:02}{digits}"
