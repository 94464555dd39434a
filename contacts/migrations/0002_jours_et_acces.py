"""The day of a contact and of an act, set by the database; who may know whom after a visit."""

from django.db import migrations

JOURS = """
CREATE FUNCTION contacts_jour_de_structure(instant timestamptz, structure uuid) RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT ((instant AT TIME ZONE 'Europe/Paris') - s.heure_bascule::interval)::date
    FROM socle_structure s WHERE s.uuid = structure
$$;

CREATE FUNCTION contacts_poser_jour_du_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The day of a round comes from the round, above; until it does, the local day stands in.
    IF NEW.cadre <> 'MARAUDE' THEN
        NEW.jour := contacts_jour_de_structure(NEW.survenu_le, NEW.structure_id);
    ELSIF NEW.jour IS NULL THEN
        NEW.jour := (NEW.survenu_le AT TIME ZONE 'Europe/Paris')::date;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contact_jour BEFORE INSERT OR UPDATE OF survenu_le, structure_id, cadre, jour
    ON contacts_contact FOR EACH ROW EXECUTE FUNCTION contacts_poser_jour_du_contact();

CREATE FUNCTION contacts_poser_jour_de_l_acte() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE WHEN c.cadre = 'ACCUEIL'
        THEN contacts_jour_de_structure(NEW.survenu_le, c.structure_id) ELSE c.jour END
    INTO NEW.jour FROM contacts_contact c WHERE c.uuid = NEW.contact_id;
    RETURN NEW;
END $$;
CREATE TRIGGER acte_jour BEFORE INSERT OR UPDATE OF survenu_le, contact_id, jour
    ON contacts_acte FOR EACH ROW EXECUTE FUNCTION contacts_poser_jour_de_l_acte();

CREATE FUNCTION contacts_propager_jour_aux_actes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_acte SET jour = NULL WHERE contact_id = NEW.uuid;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_jour_aux_actes AFTER UPDATE ON contacts_contact FOR EACH ROW
    WHEN (OLD.jour IS DISTINCT FROM NEW.jour OR OLD.structure_id <> NEW.structure_id)
    EXECUTE FUNCTION contacts_propager_jour_aux_actes();

CREATE FUNCTION contacts_rejouer_bascule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact SET jour = NULL WHERE structure_id = NEW.uuid AND cadre <> 'MARAUDE';
    UPDATE contacts_acte a SET jour = NULL FROM contacts_contact c
        WHERE c.uuid = a.contact_id AND c.structure_id = NEW.uuid AND c.cadre = 'ACCUEIL';
    RETURN NULL;
END $$;
CREATE TRIGGER structure_bascule AFTER UPDATE ON socle_structure FOR EACH ROW
    WHEN (OLD.heure_bascule <> NEW.heure_bascule)
    EXECUTE FUNCTION contacts_rejouer_bascule();
"""

ACCES = """
CREATE FUNCTION contacts_ouvrir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO socle_accespersonne (personne_id, organisme_id, motif)
    SELECT DISTINCT n.personne_id, s.organisme_id, 'PASSAGE'
    FROM nouvelles n JOIN socle_structure s ON s.uuid = n.structure_id
    WHERE n.cadre = 'ACCUEIL' AND n.personne_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_acces_insertion AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_ouvrir_acces();
CREATE TRIGGER contact_acces_correction AFTER UPDATE ON contacts_contact
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_ouvrir_acces();
"""

RETOUR = """
DROP TRIGGER contact_acces_correction ON contacts_contact;
DROP TRIGGER contact_acces_insertion ON contacts_contact;
DROP FUNCTION contacts_ouvrir_acces();
DROP TRIGGER structure_bascule ON socle_structure;
DROP FUNCTION contacts_rejouer_bascule();
DROP TRIGGER contact_jour_aux_actes ON contacts_contact;
DROP FUNCTION contacts_propager_jour_aux_actes();
DROP TRIGGER acte_jour ON contacts_acte;
DROP FUNCTION contacts_poser_jour_de_l_acte();
DROP TRIGGER contact_jour ON contacts_contact;
DROP FUNCTION contacts_poser_jour_du_contact();
DROP FUNCTION contacts_jour_de_structure(timestamptz, uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial"), ("socle", "0001_initial")]

    operations = [migrations.RunSQL(JOURS + ACCES, RETOUR)]
