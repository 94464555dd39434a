"""A departure never precedes its arrival; a visit never outlives its contact."""

from django.db import migrations

ALLER = """
CREATE FUNCTION accueil_refuser_depart_avant_arrivee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM accueil_passage p JOIN contacts_contact c ON c.uuid = p.contact_id
        WHERE p.contact_id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid AND p.parti_le < c.survenu_le
    ) THEN
        RAISE EXCEPTION 'Le départ ne peut précéder l''arrivée.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'passage_parti_apres_arrive';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER passage_parti_apres_arrive AFTER INSERT OR UPDATE OF parti_le ON accueil_passage
    FOR EACH ROW WHEN (NEW.parti_le IS NOT NULL)
    EXECUTE FUNCTION accueil_refuser_depart_avant_arrivee('contact_id');
CREATE TRIGGER passage_parti_apres_arrive AFTER UPDATE ON contacts_contact
    FOR EACH ROW WHEN (OLD.survenu_le < NEW.survenu_le AND NEW.cadre = 'ACCUEIL')
    EXECUTE FUNCTION accueil_refuser_depart_avant_arrivee('uuid');

CREATE FUNCTION accueil_supprimer_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM contacts_contact c USING anciennes a WHERE c.uuid = a.contact_id;
    RETURN NULL;
END $$;
CREATE TRIGGER passage_et_son_contact AFTER DELETE ON accueil_passage
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION accueil_supprimer_le_contact();
"""

RETOUR = """
DROP TRIGGER passage_et_son_contact ON accueil_passage;
DROP FUNCTION accueil_supprimer_le_contact();
DROP TRIGGER passage_parti_apres_arrive ON contacts_contact;
DROP TRIGGER passage_parti_apres_arrive ON accueil_passage;
DROP FUNCTION accueil_refuser_depart_avant_arrivee();
"""


class Migration(migrations.Migration):
    dependencies = [("accueil", "0001_initial"), ("contacts", "0002_jours_et_acces")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
