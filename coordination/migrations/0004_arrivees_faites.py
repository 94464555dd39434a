"""Only who has arrived has arrived: a stay to come resolves nothing yet, and an orientation made
during a visit is not resolved by that visit."""

from django.db import migrations

ALLER = """
DROP FUNCTION coordination_apparier(uuid[], uuid[]);
-- Arrivals in their order, each to the oldest open orientation still within its 30 days, else to
-- the oldest past them. What an arrival takes depends on what earlier ones took: hence one ordered
-- pass over the candidates instead of a join.
CREATE FUNCTION coordination_apparier(
    personnes uuid[], structures uuid[], aujourd_hui date
)
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
            SELECT o.uuid, o.personne_id, o.structure_id, o.survenu_le, o.decidee_le, o.contact_id,
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
            WHERE s.nature = 'SEJOUR' AND s.arrivee <= aujourd_hui AND NOT EXISTS (
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
        -- Being sent on from a visit is not arriving by that same visit.
        WHERE a.uuid IS DISTINCT FROM o.contact_id
          AND CASE WHEN a.est_un_passage
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
DROP FUNCTION coordination_apparier(uuid[], uuid[], date);
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


class Migration(migrations.Migration):
    dependencies = [("coordination", "0003_suppression")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
