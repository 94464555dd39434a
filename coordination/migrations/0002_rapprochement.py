"""Marks of what must be matched again, the matching itself, and who may know whom meanwhile."""

from django.db import migrations

MARQUES = """
CREATE FUNCTION coordination_marquer_passages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
        SELECT DISTINCT personne_id, structure_id, now() FROM nouvelles
        WHERE cadre = 'ACCUEIL' AND personne_id IS NOT NULL;
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
        SELECT DISTINCT personne_id, structure_id, now() FROM anciennes
        WHERE cadre = 'ACCUEIL' AND personne_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_paire_insertion AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_marquer_passages();
CREATE TRIGGER contact_paire_correction AFTER UPDATE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_marquer_passages();
CREATE TRIGGER contact_paire_suppression AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_marquer_passages();

CREATE FUNCTION coordination_marquer_sejours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
        SELECT DISTINCT n.personne_id, t.structure_id, now() FROM nouvelles n
        JOIN hebergement_place p ON p.uuid = n.place_id
        JOIN hebergement_site t ON t.uuid = p.site_id;
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
        SELECT DISTINCT n.personne_id, t.structure_id, now() FROM anciennes n
        JOIN hebergement_place p ON p.uuid = n.place_id
        JOIN hebergement_site t ON t.uuid = p.site_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sejour_paire_insertion AFTER INSERT ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_marquer_sejours();
CREATE TRIGGER sejour_paire_correction AFTER UPDATE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_marquer_sejours();
CREATE TRIGGER sejour_paire_suppression AFTER DELETE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_marquer_sejours();

-- What the matching itself writes (statut, arrivals) marks nothing.
CREATE FUNCTION coordination_marquer_orientation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') AND NEW.personne_id IS NOT NULL THEN
        INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
        VALUES (NEW.personne_id, NEW.structure_id, now());
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') AND OLD.personne_id IS NOT NULL THEN
        INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
        VALUES (OLD.personne_id, OLD.structure_id, now());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orientation_paire AFTER INSERT OR DELETE
    OR UPDATE OF personne_id, structure_id, survenu_le, decision, decidee_le
    ON coordination_orientation
    FOR EACH ROW EXECUTE FUNCTION coordination_marquer_orientation();
"""

ACCES = """
CREATE FUNCTION coordination_tenir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        DELETE FROM socle_accespersonne WHERE motif = 'ORIENTATION' AND objet = OLD.uuid;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') AND NEW.statut = 'EN_COURS'
        AND NEW.personne_id IS NOT NULL THEN
        INSERT INTO socle_accespersonne (personne_id, organisme_id, motif, objet)
        SELECT NEW.personne_id, s.organisme_id, 'ORIENTATION', NEW.uuid
        FROM socle_structure s WHERE s.uuid = NEW.structure_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orientation_acces AFTER INSERT OR DELETE
    OR UPDATE OF personne_id, structure_id, statut ON coordination_orientation
    FOR EACH ROW EXECUTE FUNCTION coordination_tenir_acces();
CREATE INDEX acces_personne_objet ON socle_accespersonne (objet) WHERE objet IS NOT NULL;
"""

APPARIER = """
CREATE FUNCTION coordination_limite(instant timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((instant AT TIME ZONE 'Europe/Paris') + interval '30 days') AT TIME ZONE 'Europe/Paris'
$$;

-- Arrivals in their order, each to the oldest open orientation still within its 30 days, else to
-- the oldest past them. What an arrival takes depends on what earlier ones took: hence one ordered
-- pass over the candidates instead of a join.
CREATE FUNCTION coordination_apparier(personnes uuid[], structures uuid[])
RETURNS TABLE (orientation uuid, contact uuid, sejour uuid) LANGUAGE plpgsql STABLE AS $$
DECLARE
    candidat record;
    derniere_arrivee uuid;
    prises uuid[] := '{}';
    paire text := '';
BEGIN
    FOR candidat IN
        WITH paires AS (
            SELECT DISTINCT t.personne_id, t.structure_id
            FROM unnest(personnes, structures) AS t(personne_id, structure_id)
        ),
        ouvertes AS (
            SELECT o.uuid, o.personne_id, o.structure_id, o.survenu_le, o.decidee_le,
                coordination_limite(o.survenu_le) AS limite,
                (o.survenu_le AT TIME ZONE 'Europe/Paris')::date AS jour,
                (o.decidee_le AT TIME ZONE 'Europe/Paris')::date AS jour_decision
            FROM coordination_orientation o JOIN paires USING (personne_id, structure_id)
            WHERE o.decision <> 'ANNULEE'
        ),
        arrivees AS (
            SELECT c.uuid, c.personne_id, c.structure_id, c.survenu_le AS instant,
                (c.survenu_le AT TIME ZONE 'Europe/Paris')::date AS jour, TRUE AS est_un_passage
            FROM contacts_contact c JOIN paires USING (personne_id, structure_id)
            WHERE c.cadre = 'ACCUEIL'
            UNION ALL
            SELECT s.uuid, s.personne_id, t.structure_id, NULL, s.arrivee, FALSE
            FROM hebergement_sejour s
            JOIN hebergement_place p ON p.uuid = s.place_id
            JOIN hebergement_site t ON t.uuid = p.site_id
            JOIN paires ON paires.personne_id = s.personne_id
                AND paires.structure_id = t.structure_id
            WHERE s.nature = 'SEJOUR' AND NOT EXISTS (
                -- Moving within the structure is not arriving there.
                SELECT 1 FROM hebergement_sejour avant
                JOIN hebergement_place pa ON pa.uuid = avant.place_id
                JOIN hebergement_site ta ON ta.uuid = pa.site_id
                WHERE avant.uuid = s.suite_de_id AND ta.structure_id = t.structure_id
            )
        )
        SELECT a.uuid AS arrivee, a.est_un_passage, o.uuid AS orientation_uuid,
            a.personne_id::text || a.structure_id::text AS paire_texte
        FROM arrivees a JOIN ouvertes o USING (personne_id, structure_id)
        WHERE CASE WHEN a.est_un_passage
            THEN o.survenu_le <= a.instant
                AND (o.decidee_le IS NULL OR a.instant < o.decidee_le)
            ELSE o.jour <= a.jour AND (o.jour_decision IS NULL OR a.jour < o.jour_decision) END
        ORDER BY a.personne_id, a.structure_id, a.jour, a.instant NULLS FIRST, a.uuid,
            CASE WHEN a.est_un_passage THEN a.instant < o.limite ELSE a.jour < o.jour + 30 END DESC,
            o.survenu_le, o.uuid
    LOOP
        IF candidat.paire_texte <> paire THEN
            paire := candidat.paire_texte;
            prises := '{}';
        END IF;
        CONTINUE WHEN candidat.arrivee = derniere_arrivee
            OR candidat.orientation_uuid = ANY (prises);
        derniere_arrivee := candidat.arrivee;
        prises := prises || candidat.orientation_uuid;
        orientation := candidat.orientation_uuid;
        contact := CASE WHEN candidat.est_un_passage THEN candidat.arrivee END;
        sejour := CASE WHEN NOT candidat.est_un_passage THEN candidat.arrivee END;
        RETURN NEXT;
    END LOOP;
END $$;
"""

RETOUR = """
DROP FUNCTION coordination_apparier(uuid[], uuid[]);
DROP FUNCTION coordination_limite(timestamptz);
DROP INDEX acces_personne_objet;
DROP TRIGGER orientation_acces ON coordination_orientation;
DROP FUNCTION coordination_tenir_acces();
DROP TRIGGER orientation_paire ON coordination_orientation;
DROP FUNCTION coordination_marquer_orientation();
DROP TRIGGER sejour_paire_suppression ON hebergement_sejour;
DROP TRIGGER sejour_paire_correction ON hebergement_sejour;
DROP TRIGGER sejour_paire_insertion ON hebergement_sejour;
DROP FUNCTION coordination_marquer_sejours();
DROP TRIGGER contact_paire_suppression ON contacts_contact;
DROP TRIGGER contact_paire_correction ON contacts_contact;
DROP TRIGGER contact_paire_insertion ON contacts_contact;
DROP FUNCTION coordination_marquer_passages();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0001_initial"),
        ("contacts", "0002_jours_et_acces"),
        ("hebergement", "0003_marques"),
        ("socle", "0001_initial"),
    ]

    operations = [migrations.RunSQL(MARQUES + ACCES + APPARIER, RETOUR)]
