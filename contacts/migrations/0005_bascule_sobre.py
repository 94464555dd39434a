"""Another `heure_bascule` rewrites the contacts and acts whose day it changes, and no other: a
centre has tens of thousands of them, nearly all by day."""

from django.db import migrations

ALLER = """
CREATE OR REPLACE FUNCTION contacts_rejouer_bascule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact c SET jour = NULL
    WHERE c.structure_id = NEW.uuid AND c.cadre <> 'MARAUDE' AND c.jour IS DISTINCT FROM
        ((c.survenu_le AT TIME ZONE 'Europe/Paris') - NEW.heure_bascule::interval)::date;
    UPDATE contacts_acte a SET jour = NULL FROM contacts_contact c
    WHERE c.uuid = a.contact_id AND c.structure_id = NEW.uuid AND c.cadre = 'ACCUEIL'
      AND a.jour IS DISTINCT FROM
        ((a.survenu_le AT TIME ZONE 'Europe/Paris') - NEW.heure_bascule::interval)::date;
    RETURN NULL;
END $$;
"""

RETOUR = """
CREATE OR REPLACE FUNCTION contacts_rejouer_bascule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact SET jour = NULL WHERE structure_id = NEW.uuid AND cadre <> 'MARAUDE';
    UPDATE contacts_acte a SET jour = NULL FROM contacts_contact c
        WHERE c.uuid = a.contact_id AND c.structure_id = NEW.uuid AND c.cadre = 'ACCUEIL';
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_acces_retire")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
