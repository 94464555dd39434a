"""Encounters take the day of their round; an extension never outlives its contact."""

from django.db import migrations

ALLER = """
CREATE FUNCTION maraudes_donner_jour_a_la_rencontre() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact c SET jour = m.jour FROM maraudes_maraude m
        WHERE c.uuid = NEW.contact_id AND m.uuid = NEW.maraude_id AND c.jour <> m.jour;
    RETURN NULL;
END $$;
CREATE TRIGGER rencontre_jour AFTER INSERT OR UPDATE OF maraude_id ON maraudes_rencontre
    FOR EACH ROW EXECUTE FUNCTION maraudes_donner_jour_a_la_rencontre();

CREATE FUNCTION maraudes_donner_jour_aux_rencontres() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact c SET jour = NEW.jour FROM maraudes_rencontre r
        WHERE r.maraude_id = NEW.uuid AND c.uuid = r.contact_id AND c.jour <> NEW.jour;
    RETURN NULL;
END $$;
CREATE TRIGGER maraude_jour AFTER UPDATE ON maraudes_maraude FOR EACH ROW
    WHEN (OLD.jour <> NEW.jour) EXECUTE FUNCTION maraudes_donner_jour_aux_rencontres();

CREATE FUNCTION maraudes_supprimer_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM contacts_contact c USING anciennes a WHERE c.uuid = a.contact_id;
    RETURN NULL;
END $$;
CREATE TRIGGER rencontre_et_son_contact AFTER DELETE ON maraudes_rencontre
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION maraudes_supprimer_le_contact();
"""

RETOUR = """
DROP TRIGGER rencontre_et_son_contact ON maraudes_rencontre;
DROP FUNCTION maraudes_supprimer_le_contact();
DROP TRIGGER maraude_jour ON maraudes_maraude;
DROP FUNCTION maraudes_donner_jour_aux_rencontres();
DROP TRIGGER rencontre_jour ON maraudes_rencontre;
DROP FUNCTION maraudes_donner_jour_a_la_rencontre();
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0001_initial"), ("contacts", "0002_jours_et_acces")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
