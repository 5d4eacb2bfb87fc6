#!/usr/bin/env python3
"""Fills the Guest Registration database with many believable rows, for data migrations to have something to do.

    generate.py ROWS [DATABASE] [--seed N]

ROWS (at least 1000, say 1000000) is how many rows are added, over all tables: hosts, trips, registrations, guests,
invoices, housekeeping. More than a third of them are guests, of whom every fourth has been there before.
DATABASE is a SQLite file or a postgres:// address; without it DATABASE_URL, else guest_registration.db. The same ROWS
and seed make the same rows on both engines, behind those that are there. All people are invented.

The database has to be at 1.0.0, 1.1.0, 1.2.0 or 1.3.0. All rows are one transaction: they are there in the end, or none
is. PostgreSQL needs the program `psql`; beyond that this needs nothing but Python's standard library.
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

TODAY = date(2025, 1, 15)
#: Trips that are made, and written, at a time.
CHUNK = 5_000

COLUMNS = {
    "users": "id email full_name role phone business_name host_number created_at updated_at",
    "trips": "id host_id reference unit_name unit_number channel status purpose booker_name booker_email arrival_date "
             "departure_date adults children price_amount price_currency checked_in_at checked_out_at cancelled_at "
             "created_at updated_at",
    "registrations": "id trip_id registration_number authority authority_reference status due_at submitted_at "
                     "answered_at created_by_id retain_until created_at updated_at",
    "guests": "id registration_id is_lead given_names family_name sex birth_date birth_place birth_country nationality "
              "document_type document_number document_country address_street address_postal_code address_city "
              "address_country accompanied_by_id relationship arrival_date departure_date tax_category "
              "tax_exemption_reason tax_per_night created_at updated_at",
    "invoices": "id trip_id issuer_id guest_id invoice_number status issue_date due_date billed_name billed_country "
                "currency net_amount vat_rate vat_amount tourist_tax_amount total_amount paid_amount paid_at "
                "payment_method created_at updated_at",
    "housekeeping": "id trip_id task status priority scheduled_date completed_at linen_sets created_at updated_at",
}

#: Country: how often, women, men, families, towns, streets.
PEOPLE = {
    "DE": (22, "Anna Julia Katharina Lena Sabine Ursula Petra Claudia", "Markus Stefan Jonas Lukas Thomas Felix Jürgen Max",
           "Schneider Weber Fischer Wagner Becker Hoffmann Schäfer Koch Richter Klein Wolf Neumann", "Berlin Hamburg Köln Leipzig Dresden",
           "Lindenstraße Gartenweg Bahnhofstraße Schillerstraße"),
    "AT": (10, "Eva Magdalena Theresa Johanna Birgit", "Florian Paul David Matthias Georg", "Gruber Huber Bauer Pichler Steiner Moser Berger",
           "Wien Graz Linz Salzburg Innsbruck", "Hauptplatz Kirchengasse Ringstraße"),
    "IT": (12, "Giulia Chiara Francesca Sara Martina Elena", "Luca Marco Andrea Matteo Giuseppe Paolo",
           "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino", "Roma Milano Bologna Trieste Torino", "Via_Garibaldi Via_Roma Corso_Italia"),
    "FR": (8, "Camille Manon Chloé Léa Sophie Hélène", "Hugo Louis Jules Antoine Nicolas Pierre", "Martin Bernard Dubois Petit Moreau Laurent Lefebvre Roux",
           "Paris Lyon Nantes Lille Toulouse", "Rue_de_la_Paix Avenue_Foch Rue_Pasteur"),
    "GB": (8, "Emily Olivia Charlotte Sophie Harriet Priya", "Oliver James Harry George Thomas Jack", "Smith Jones Taylor Brown Whitfield Lowe Evans Walker Patel",
           "London Leeds Bristol York Glasgow", "Mill_Lane High_Street Station_Road"),
    "NL": (6, "Emma Sanne Lotte Femke Anouk", "Daan Sem Bram Thijs Ruben", "Bakker Visser Smit Meijer Mulder Bos Vos", "Amsterdam Utrecht Groningen Delft", "Oudegracht Dorpsstraat Kerkstraat"),
    "ES": (6, "Lucía María Paula Carmen Laura", "Alejandro Pablo Javier Diego Joan", "García López Martínez Sánchez Pérez Gómez Ferrer Vidal", "Madrid Barcelona Sevilla Valencia", "Calle_Mayor Calle_Real Gran_Vía"),
    "PL": (6, "Zuzanna Katarzyna Agnieszka Maja Ewa", "Piotr Jakub Krzysztof Adam Michał", "Kowalski Nowak Wiśniewski Wójcik Kamiński Zieliński", "Warszawa Kraków Gdańsk Wrocław", "Długa Polna Leśna"),
    "HR": (5, "Ana Ivana Marija Petra Lucija", "Ivan Marko Luka Josip Ante", "Horvat Kovačević Babić Marić Jurić Novak", "Zagreb Split Rijeka Osijek", "Ilica Vukovarska Strossmayerova"),
    "SI": (5, "Maja Nina Ana Eva Katja", "Luka Matej Jan Rok Aleš", "Novak Horvat Kovač Krajnc Zupan Potočnik Kralj", "Ljubljana Maribor Celje Kranj", "Glavna_ulica Cankarjeva Prešernova"),
    "HU": (4, "Eszter Anna Réka Dóra", "Bence Máté Ádám Gergő", "Nagy Kovács Tóth Szabó Horváth Varga", "Budapest Pécs Szeged", "Fő_utca Kossuth_utca"),
    "CZ": (4, "Tereza Eliška Jana Lucie", "Jakub Tomáš Petr Martin", "Novák Svoboda Dvořák Černý Procházka", "Praha Brno Olomouc", "Hlavní Nádražní"),
    "US": (3, "Elena Madison Grace Hannah", "Ethan Mason Logan Ryan", "Johnson Williams Davis Miller Wilson Moore", "Austin Denver Portland Boston", "Cedar_Avenue Oak_Street"),
    "SE": (2, "Elsa Maja Astrid Freja", "Erik Lars Nils Oskar", "Andersson Johansson Lindberg Nilsson", "Stockholm Malmö Uppsala", "Storgatan Kungsgatan"),
    "IS": (1, "Katrín Guðrún Sigríður", "Jón Gunnar Ólafur", "Jónsson Einarsson Sigurðsson", "Reykjavík Akureyri", "Laugavegur Hafnarstræti"),
}
HOUSES = "Jezero Triglav Olivo Limonero Vista Alpina Morje Kamen Sonce Lipa Bor Rosa".split()
TASKS = ["preparation", "final_cleaning", "cleaning", "linen_change", "inspection"]


def day(offset):
    return (TODAY + timedelta(days=offset)).isoformat()


class Generator:
    """Chunks of rows by table, in an order that foreign keys agree with."""

    def __init__(self, seed, last):
        self.random = random.Random(seed).random
        #: The highest id of each table.
        self.last = dict(last)
        self.countries = [country for country, (weight, *_) in PEOPLE.items() for _ in range(weight)]
        self.words = {country: [[word.replace("_", " ") for word in words.split()] for words in lists]
                      for country, (_, *lists) in PEOPLE.items()}
        #: People who were there, of whom some come again.
        self.known = []
        self.units = []
        self.made = 0

    def pick(self, options):
        return options[int(self.random() * len(options))]

    def id(self, table):
        self.last[table] += 1
        return self.last[table]

    def chunks(self, rows):
        while self.made < rows:
            found = {table: [] for table in COLUMNS}
            for _ in range(CHUNK):
                if self.made >= rows:
                    break
                before = sum(map(len, found.values()))
                self.trip(found)
                self.made += sum(map(len, found.values())) - before
            yield found

    def host(self, found):
        """A host with some units, on the one or two places where they are."""
        host = self.id("users")
        women, men, families, *_ = self.words["SI"]
        given, family = self.pick(women + men), self.pick(families)
        created = f"{day(-2200)} 09:00:00"
        found["users"].append((host, f"host{host}@example.com", f"{given} {family}", "host", f"+386 40 {host % 1000000:06}",
                               f"Apartmaji {family}", f"SI-{100000 + host}", created, created))
        for place in range(1 + int(self.random() * 2)):
            for unit in range(1 + int(self.random() * 4)):
                number = f"{100000 + host * 2 + place}-{unit + 1:02}"
                # Its number, its name, its host, the first free day.
                self.units.append([number, f"Apartma {self.pick(HOUSES)}", host, -2000 + int(self.random() * 60)])

    def person(self, country, family=None, is_child=False):
        if not is_child and self.known and self.random() < 0.25:
            return self.pick(self.known)
        women, men, families, towns, streets = self.words[country]
        is_woman = self.random() < 0.5
        years = 1 + int(self.random() * 16) if is_child else 18 + int(self.random() * 65)
        person = (self.pick(women if is_woman else men), family or self.pick(families), "F" if is_woman else "M",
                  day(-2200 - years * 365 - int(self.random() * 365)), self.pick(towns), country,
                  self.pick(["passport", "identity_card"]), f"{country}{int(self.random() * 1e9):09}",
                  f"{self.pick(streets)} {1 + int(self.random() * 120)}", f"{int(self.random() * 90000) + 10000}",
                  self.pick(towns))
        if not is_child:
            if len(self.known) < 100_000:
                self.known.append(person)
            else:
                self.known[int(self.random() * 100_000)] = person
        return person

    def trip(self, found):
        # A unit that is full takes no more: a new host comes in.
        if not self.units or self.random() < 0.002:
            self.host(found)
        place = int(self.random() * len(self.units))
        unit = self.units[place]
        arrival = unit[3] + int(self.random() * 5)
        nights = 1 + int(self.random() * self.random() * 14)
        unit[3] = arrival + nights
        if unit[3] > 200:
            self.units[place] = self.units[-1]
            self.units.pop()
        number, name, host, _ = unit

        fate = self.random()
        is_over, is_there = arrival + nights <= 0, arrival <= 0
        status = ("cancelled" if fate < 0.06 else "no_show" if fate < 0.07 and is_over
                  else "checked_out" if is_over else "checked_in" if is_there else "booked")
        came = status in ("checked_in", "checked_out")
        country = self.pick(self.countries)
        booker = self.person(country)
        adults = 1 + int(self.random() * 2.6)
        children = int(self.random() * 2.4) if adults > 1 and self.random() < 0.4 else 0
        price = round(nights * (60 + int(self.random() * 120)) * 1.0, 2)
        trip = self.id("trips")
        first, last = day(arrival), day(arrival + nights)
        created = f"{day(arrival - 5 - int(self.random() * 90))} {8 + int(self.random() * 12):02}:{int(self.random() * 60):02}:00"
        found["trips"].append((
            trip, host, f"G-{trip:08}", name, number, self.pick(["direct", "website", "platform", "platform", "agency"]), status,
            self.pick(["holiday", "holiday", "holiday", "business", "family"]), f"{booker[0]} {booker[1]}",
            f"booker{trip % 400_000}@example.org", first, last, adults, children, price, "EUR",
            f"{first} 15:{trip % 60:02}:00" if came else None, f"{last} 09:{trip % 60:02}:00" if status == "checked_out" else None,
            f"{day(arrival - 3)} 12:00:00" if status == "cancelled" else None, created, created))
        if status in ("cancelled", "no_show"):
            return
        lead = self.registration(found, trip, host, status, booker, adults, children, arrival, nights, created)
        if status == "checked_out":
            self.invoice(found, trip, host, lead, booker, price, adults, nights, last)
        self.housekeeping(found, trip, status, first, last, created)

    def registration(self, found, trip, host, status, booker, adults, children, arrival, nights, created):
        registration = self.id("registrations")
        first, last = day(arrival), day(arrival + nights)
        done = status != "booked"
        found["registrations"].append((
            registration, trip, f"RG-{registration:08}", "SI-ETURIZEM", f"ETG-{registration:08}" if done else None,
            "accepted" if done else "draft", f"{day(arrival + 1)} 03:00:00", f"{first} 16:00:00" if done else None,
            f"{first} 16:00:10" if done else None, host, day(arrival + 380), created, created))
        party = [booker] + [self.person(booker[5], booker[1] if self.random() < 0.7 else None) for _ in range(adults - 1)]
        party += [self.person(booker[5], booker[1], is_child=True) for _ in range(children)]
        lead, documents = None, set()
        for position, person in enumerate(party):
            if (person[6], person[7]) in documents:
                continue
            documents.add((person[6], person[7]))
            guest = self.id("guests")
            lead = lead or guest
            is_child = position >= adults
            found["guests"].append((
                guest, registration, position == 0, person[0], person[1], person[2], person[3], person[4], person[5], person[5],
                person[6], person[7], person[5], person[8], person[9], person[10], person[5], lead if is_child else None,
                "child" if is_child else None, first, last, "exempt" if is_child else "standard",
                "Child" if is_child else None, 0 if is_child else 3, created, created))
        return lead

    def invoice(self, found, trip, host, lead, booker, price, adults, nights, last):
        invoice = self.id("invoices")
        net = int(price * 100)
        vat, tax = round(net * 0.095), adults * nights * 300
        total = (net + vat + tax) / 100
        is_paid = self.random() < 0.95
        found["invoices"].append((
            invoice, trip, host, lead, f"G-{invoice:08}", "paid" if is_paid else "issued", last,
            (date.fromisoformat(last) + timedelta(days=15)).isoformat(), f"{booker[0]} {booker[1]}", booker[5], "EUR", net / 100,
            9.5, vat / 100, tax / 100, total, total if is_paid else 0, f"{last} 10:00:00" if is_paid else None,
            self.pick(["card", "cash", "bank_transfer"]) if is_paid else None, f"{last} 09:30:00", f"{last} 09:30:00"))

    def housekeeping(self, found, trip, status, first, last, created):
        for task in TASKS[:1 + int(self.random() * 2)]:
            at = first if task == "preparation" else last
            done = status == "checked_out" or (status == "checked_in" and task == "preparation")
            found["housekeeping"].append((
                self.id("housekeeping"), trip, task, "done" if done else "planned", 2, at, f"{at} 13:00:00" if done else None,
                1 + int(self.random() * 3), created, created))


class PostgreSQL:
    """Rows by COPY, through one `psql`."""

    def __init__(self, url):
        self.url = url

    def psql(self, *arguments, **options):
        return subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, *arguments],
                                text=True, encoding="utf-8", env={**os.environ, "PGOPTIONS": "-c TimeZone=UTC"}, **options)

    def last(self):
        query = " UNION ALL ".join(f"SELECT '{table}', coalesce(max(id), 0) FROM guest_reg_{table}" for table in COLUMNS)
        process = self.psql("-c", query, stdout=subprocess.PIPE)
        output, _ = process.communicate()
        if process.returncode != 0:
            sys.exit("generate.py: the tables could not be read: apus migrate 1.1.0")
        return {table: int(number) for table, number in (line.split("|") for line in output.splitlines())}

    def write(self, chunks):
        process = self.psql(stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            process.stdin.write("BEGIN;\n")
            for chunk in chunks:
                for table, rows in chunk.items():
                    if not rows:
                        continue
                    process.stdin.write(f"COPY guest_reg_{table} ({', '.join(COLUMNS[table].split())}) FROM STDIN;\n")
                    process.stdin.writelines(
                        "\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows)
                    process.stdin.write("\\.\n")
            for table in COLUMNS:
                name = f"guest_reg_{table}"
                process.stdin.write(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name};\n")
            process.stdin.write("COMMIT;\nANALYZE;\n")
            process.stdin.close()
        except BrokenPipeError:
            pass  # psql has said why it ended
        if process.wait() != 0:
            sys.exit("generate.py: nothing was added")


class SQLite:
    """Rows by prepared statements."""

    def __init__(self, path):
        if not Path(path).is_file():
            sys.exit(f"generate.py: there is no file {path}: apus migrate 1.1.0")
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA foreign_keys = ON")
        self.database.execute("PRAGMA cache_size = -500000")

    def last(self):
        return {table: self.database.execute(f"SELECT coalesce(max(id), 0) FROM guest_reg_{table}").fetchone()[0]
                for table in COLUMNS}

    def write(self, chunks):
        self.database.execute("BEGIN IMMEDIATE")
        for chunk in chunks:
            for table, rows in chunk.items():
                columns = COLUMNS[table].split()
                self.database.executemany(
                    f"INSERT INTO guest_reg_{table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        self.database.execute("COMMIT")
        self.database.execute("ANALYZE")
        self.database.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int)
    parser.add_argument("database", nargs="?", default=os.environ.get("DATABASE_URL") or "guest_registration.db")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.rows < 1000:
        parser.error("ROWS is at least 1000")
    if options.database.startswith(("postgres:", "postgresql:")):
        database = PostgreSQL(options.database)
    else:
        database = SQLite(options.database.removeprefix("sqlite:"))
    last = database.last()
    generator = Generator(options.seed, last)
    database.write(generator.chunks(options.rows))
    print(f"{generator.made} rows added, {generator.last['guests'] - last['guests']} of them guests")


if __name__ == "__main__":
    main()
