"""Names to make fictional people from: accents, ligatures, apostrophes, hyphens, particles, one letter, 150 letters."""

__all__ = ["FAMILY", "LONG_FAMILY", "LONG_GIVEN", "MEN", "STREETS", "WOMEN"]

FAMILY = (
    "Lefèvre",
    "Béranger",
    "Châtaignier",
    "Ducœur",
    "Œuvrard",
    "L'Hostis",
    "N'Diaye",
    "d'Aubrelicourt",
    "de La Fontenelle",
    "Le Goff",
    "Saint-Aubin",
    "Garcia-Lefèvre",
    "Müller",
    "Ben Saïd",
    "Traoré",
    "Nguyen Van",
    "Haÿ",
    "Français",
    "Île",
    "O",
    "Zürcher",
    "Agnès",
    "Martin",
    "Petitjean",
    "Maréchal-Ferrand",
    "Poirier dit Beaulieu",
    "Vanderstraeten",
    "Kowalski",
    "Da Silva Pereira",
    "Raharimanana",
    "Tetuanui",
    "Hoareau",
    "Casanova-Ornano",
    "Quéméneur",
    "Etcheverry",
    "Schnœbelen",
)

WOMEN = (
    "Anaïs",
    "Zoé",
    "Maëlle",
    "Hélène",
    "Marie-Thérèse",
    "Aïcha",
    "Cécile",
    "Noémie",
    "Françoise",
    "Laëtitia",
    "Eugénie",
    "Inès",
    "Gaëlle",
    "Marie",
    "Céleste",
    "Ségolène",
    "Thaïs",
    "Fatoumata",
    "Linh",
    "Anne-Gaël",
)

MEN = (
    "François",
    "Jean-Baptiste",
    "Loïc",
    "Gaëtan",
    "Noël",
    "Rémi",
    "Joël",
    "Théophile",
    "Benoît",
    "Mathéo",
    "Aurélien",
    "Cyprien",
    "Raphaël",
    "Ousmane",
    "Karim",
    "Jérôme",
    "André",
    "Maël",
    "Clément",
    "Pierre-Étienne",
)

STREETS = (
    "rue de l'Église",
    "avenue de la République",
    "impasse des Œillets",
    "chemin du Moulin-à-Vent",
    "place du 11-Novembre-1918",
    "boulevard Général-Leclerc",
    "allée des Chênes",
    "quai de l'Île",
    "sentier du Maïs",
    "route de Saint-Rémy",
)

# The longest a PID carries: 150 characters each.
LONG_GIVEN = (
    "Marie-Antoinette Joséphine-Eugénie Anne-Élisabeth Charlotte-Amélie Victoire-Adélaïde Louise-Geneviève "
    "Henriette-Céleste Marguerite-Noëlle Apolline Ève"
)
LONG_FAMILY = (
    "de La Rochemontée de Saint-Barthélemy-des-Landes d'Aubrelicourt-Châteauvieux Le Bœuf de Kermoal-Trégarantec "
    "et de Montsoreau-la-Forêt-Haute-en-Vendées"
)
