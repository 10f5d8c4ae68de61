#include "names.hpp"

#include <stdexcept>
#include <utility>

namespace vanna::sample {
namespace {

constexpr std::string_view english_first =
    "James|Emma|Oliver|Charlotte|William|Amelia|Henry|Grace|Thomas|Hannah|Daniel|Olivia|Samuel|Lucy|George|"
    "Sophie|"
    "Ryan|Megan|Andrew|Rachel|Michael|Claire|Matthew|Laura|David|Rebecca|Peter|Natalie|Kevin|Priya|Omar|Mei";
constexpr std::string_view english_last =
    "Smith|Carter|Bennett|Hughes|Walker|Foster|Reid|Palmer|Turner|Morgan|Hayes|Collins|Murray|Brooks|Ellis|"
    "Grant|"
    "Harper|Lawson|Mitchell|Patel|Chen|Sullivan|Doyle|Fletcher|Whitaker|Barlow|Chambers|Dawson|Okafor|Singh|"
    "Novak|"
    "Hawkins|Sinclair|Thornton|Underwood|Vaughan";
constexpr std::string_view german_first =
    "Lukas|Anna|Jonas|Katharina|Stefan|Sabine|Matthias|Julia|Florian|Claudia|Tobias|Monika|Andreas|Birgit|"
    "Markus|"
    "Heike|Felix|Lena|Jürgen|Ursula|Sebastian|Franziska|Emre|Aylin";
constexpr std::string_view german_last =
    "Müller|Schneider|Weber|Fischer|Becker|Hoffmann|Schäfer|Koch|Bauer|Richter|Klein|Wolf|Neumann|Schwarz|"
    "Zimmermann|"
    "Krüger|Hartmann|Lange|Werner|Lehmann|Huber|Gruber|Steiner|Brunner|Keller|Vogt|Yılmaz|Baumgartner";
constexpr std::string_view nordic_first =
    "Lars|Ingrid|Erik|Astrid|Anders|Karin|Magnus|Sofie|Nils|Maja|Søren|Freja|Henrik|Linnea|Jonas|Signe|Oskar|"
    "Elin|"
    "Bjørn|Kirsten|Mikkel|Hanna|Fredrik|Solveig";
constexpr std::string_view nordic_last =
    "Andersson|Johansson|Lindberg|Nyström|Bergström|Hansen|Nielsen|Sørensen|Larsen|Kristensen|Berg|Haugen|"
    "Dahl|Lund|"
    "Solberg|Ekström|Holm|Sandberg|Åkesson|Mortensen|Strand|Engström|Østergaard|Lindqvist";
constexpr std::string_view dutch_first =
    "Daan|Sanne|Bram|Lotte|Jeroen|Femke|Pieter|Anouk|Maarten|Iris|Thijs|Marloes|Ruben|Eva|Wouter|Lieke|Joris|"
    "Mieke|"
    "Hendrik|Yara|Sjoerd|Noor";
constexpr std::string_view dutch_last =
    "de Vries|Jansen|van Dijk|Bakker|Visser|Smit|Meijer|de Boer|Mulder|Bos|Vos|Peters|Hendriks|van "
    "Leeuwen|Dekker|"
    "Brouwer|Peeters|Janssens|Maes|Claes|Willems|Dubois|El Amrani|Kuipers|Postma|Hoekstra";
constexpr std::string_view french_first =
    "Camille|Julien|Sophie|Nicolas|Élodie|Antoine|Manon|Thomas|Claire|Mathieu|Aurélie|Pierre|Inès|Luc|"
    "Margaux|Hugo|"
    "Isabelle|François|Nadia|Étienne|Chloé|Karim";
constexpr std::string_view french_last =
    "Martin|Bernard|Dubois|Petit|Moreau|Laurent|Lefèvre|Girard|Roux|Fontaine|Chevalier|Blanchard|Garnier|"
    "Faure|Mercier|"
    "Renaud|Gauthier|Perrin|Marchand|Benali|Lemaire|Barbier";
constexpr std::string_view spanish_first =
    "Lucía|Javier|Carmen|Álvaro|Marta|Pablo|Elena|Sergio|Pilar|Andrés|Irene|Diego|Raquel|Iván|Beatriz|Manuel|"
    "Inés|João";
constexpr std::string_view spanish_last =
    "García|Fernández|Romero|Navarro|Serrano|Molina|Ortega|Castillo|Iglesias|Vidal|Ramos|Delgado|Cabrera|"
    "Ferreira|"
    "Almeida|Carvalho|Teixeira|Moreira|Pinto|Lourenço";
constexpr std::string_view italian_first =
    "Giulia|Marco|Chiara|Luca|Francesca|Matteo|Elisa|Davide|Valentina|Andrea|Paola|Stefano|Silvia|Roberto|"
    "Sara|Nicola";
constexpr std::string_view italian_last =
    "Rossi|Ferrari|Bianchi|Romano|Colombo|Ricci|Marino|Greco|Conti|De "
    "Luca|Mancini|Rizzo|Lombardi|Moretti|Fontana|"
    "Caruso|Galli|Martinelli";
constexpr std::string_view slavic_first =
    "Piotr|Agnieszka|Tomasz|Magdalena|Krzysztof|Joanna|Łukasz|Ewa|Jan|Petra|Tomáš|Lenka|Jiří|Martina|Ondřej|"
    "Tereza|"
    "Paweł|Zuzanna|Marek|Barbora";
constexpr std::string_view slavic_last =
    "Nowak|Wójcik|Kowalczyk|Mazur|Krawczyk|Zając|Wróbel|Dudek|Pawlak|Michalak|Novák|Dvořák|Procházka|Kučera|"
    "Veselý|"
    "Horák|Němec|Pokorný|Kubiak|Sikora|Walczak";

constexpr country country_list[] = {
    {"United States", 1, 16, 0, "+1 614 555 01##", english_first, english_last,
     "Columbus|Chicago|Boston|Denver|Atlanta|Seattle|Austin|Philadelphia|Minneapolis|Portland|Nashville|"
     "Cleveland",
     "Inc.|LLC|Corp."},
    {"Canada", 1, 4, 0, "+1 416 555 01##", english_first, english_last,
     "Toronto|Montreal|Vancouver|Calgary|Ottawa", "Inc.|Ltd."},
    {"United Kingdom", 2, 14, 2000, "+44 20 7946 0###", english_first, english_last,
     "London|Manchester|Birmingham|Leeds|Bristol|Glasgow|Edinburgh|Sheffield|Cardiff|Nottingham|Reading",
     "Ltd|plc|LLP"},
    {"Ireland", 2, 3, 2300, "+353 1 555 ####", english_first, english_last, "Dublin|Cork|Galway|Limerick",
     "Ltd|DAC"},
    {"Sweden", 3, 6, 2500, "+46 8 555 ## ##", nordic_first, nordic_last,
     "Stockholm|Gothenburg|Malmö|Uppsala|Västerås", "AB"},
    {"Denmark", 3, 4, 2500, "+45 55 55 ## ##", nordic_first, nordic_last, "Copenhagen|Aarhus|Odense|Aalborg",
     "A/S|ApS"},
    {"Norway", 3, 4, 2500, "+47 55 55 ## ##", nordic_first, nordic_last, "Oslo|Bergen|Trondheim|Stavanger",
     "AS"},
    {"Netherlands", 4, 10, 2100, "+31 10 555 ####", dutch_first, dutch_last,
     "Amsterdam|Rotterdam|Utrecht|Eindhoven|Groningen|Den Haag|Arnhem|Breda", "B.V.|N.V."},
    {"Belgium", 4, 5, 2100, "+32 2 555 ## ##", dutch_first, dutch_last, "Brussels|Antwerp|Ghent|Leuven|Liège",
     "NV|BV"},
    {"Germany", 5, 16, 1900, "+49 341 555 ####", german_first, german_last,
     "Berlin|Hamburg|Munich|Leipzig|Cologne|Frankfurt|Stuttgart|Dresden|Hanover|Nuremberg|Bremen",
     "GmbH|AG|KG"},
    {"Austria", 5, 3, 2000, "+43 1 555 ####", german_first, german_last, "Vienna|Graz|Linz|Salzburg",
     "GmbH|AG"},
    {"Switzerland", 5, 4, 810, "+41 44 555 ## ##", german_first, german_last,
     "Zurich|Basel|Bern|Lausanne|Winterthur", "AG|GmbH"},
    {"France", 6, 11, 2000, "+33 1 55 55 ## ##", french_first, french_last,
     "Paris|Lyon|Marseille|Toulouse|Nantes|Lille|Bordeaux|Strasbourg|Rennes|Grenoble", "SAS|SARL|SA"},
    {"Spain", 7, 6, 2100, "+34 91 555 ####", spanish_first, spanish_last,
     "Madrid|Barcelona|Valencia|Seville|Bilbao|Zaragoza", "S.L.|S.A."},
    {"Italy", 7, 6, 2200, "+39 02 555 ####", italian_first, italian_last,
     "Milan|Turin|Bologna|Rome|Verona|Florence", "S.r.l.|S.p.A."},
    {"Portugal", 7, 2, 2300, "+351 21 555 ####", spanish_first, spanish_last, "Lisbon|Porto|Braga",
     "Lda.|S.A."},
    {"Poland", 8, 6, 2300, "+48 22 555 ## ##", slavic_first, slavic_last,
     "Warsaw|Kraków|Wrocław|Poznań|Gdańsk|Łódź", "Sp. z o.o.|S.A."},
    {"Czechia", 8, 3, 2100, "+420 555 ### ###", slavic_first, slavic_last, "Prague|Brno|Ostrava|Plzeň",
     "s.r.o.|a.s."},
};

constexpr region region_list[] = {
    {"North America", "Columbus", 5}, {"United Kingdom and Ireland", "Birmingham", 4},
    {"Nordics", "Rotterdam", 1},      {"Benelux", "Rotterdam", 1},
    {"Central Europe", "Leipzig", 2}, {"France", "Lyon", 3},
    {"Southern Europe", "Lyon", 3},   {"Eastern Europe", "Leipzig", 2},
};

constexpr office office_list[] = {
    {"Rotterdam Distribution Centre", "Rotterdam", "Netherlands", 4, 9200},
    {"Leipzig Warehouse", "Leipzig", "Germany", 5, 7400},
    {"Lyon Warehouse", "Lyon", "France", 6, 5200},
    {"Birmingham Warehouse", "Birmingham", "United Kingdom", 2, 4800},
    {"Columbus Warehouse", "Columbus", "United States", 1, 6100},
};

constexpr sector sector_list[] = {
    {"Logistics", "Transport and Logistics"},
    {"Freight", "Transport and Logistics"},
    {"Foods", "Food and Beverage"},
    {"Brewing", "Food and Beverage"},
    {"Software", "Technology"},
    {"Systems", "Technology"},
    {"Robotics", "Technology"},
    {"Consulting", "Professional Services"},
    {"Partners", "Professional Services"},
    {"Architects", "Professional Services"},
    {"Legal", "Professional Services"},
    {"Pharma", "Healthcare"},
    {"Clinics", "Healthcare"},
    {"Dental", "Healthcare"},
    {"Engineering", "Manufacturing"},
    {"Tooling", "Manufacturing"},
    {"Plastics", "Manufacturing"},
    {"Construction", "Construction"},
    {"Interiors", "Construction"},
    {"Energy", "Energy and Utilities"},
    {"Media", "Media and Marketing"},
    {"Design", "Media and Marketing"},
    {"Retail", "Retail"},
    {"Fashion", "Retail"},
    {"Insurance", "Financial Services"},
    {"Capital", "Financial Services"},
    {"Hotels", "Hospitality"},
    {"Travel", "Hospitality"},
};

constexpr std::pair<std::string_view, std::string_view> plain_letters[] = {
    {"ä", "a"}, {"ö", "o"}, {"ü", "u"}, {"ß", "ss"}, {"å", "a"}, {"Å", "a"}, {"ø", "o"}, {"Ø", "o"},
    {"é", "e"}, {"è", "e"}, {"É", "e"}, {"ç", "c"},  {"ñ", "n"}, {"á", "a"}, {"Á", "a"}, {"í", "i"},
    {"ı", "i"}, {"ó", "o"}, {"ú", "u"}, {"ã", "a"},  {"ł", "l"}, {"Ł", "l"}, {"ń", "n"}, {"ą", "a"},
    {"ę", "e"}, {"ś", "s"}, {"ż", "z"}, {"ř", "r"},  {"š", "s"}, {"č", "c"}, {"ě", "e"}, {"ů", "u"},
    {"ý", "y"}, {"ž", "z"}, {"ď", "d"}, {"ň", "n"},
};

}  // namespace

std::span<country const> countries() {
    return country_list;
}
std::span<region const> regions() {
    return region_list;
}
std::span<office const> offices() {
    return office_list;
}
std::span<sector const> sectors() {
    return sector_list;
}

country const& country_named(std::string_view name) {
    for (auto const& c : country_list)
        if (c.name == name) return c;
    throw std::logic_error("no country " + std::string(name));
}

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = list.find('|');
        parts.push_back(list.substr(0, end));
        if (end == list.npos) return parts;
        list.remove_prefix(end + 1);
    }
}

std::string_view word(random_stream& random, std::string_view list) {
    return random.pick(split(list));
}

std::string slug(std::string_view name, char between_words) {
    std::string out;
    while (!name.empty()) {
        std::size_t used = 1;
        char const c = name.front();
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            out += c;
        } else if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c - 'A' + 'a');
        } else if (c == ' ') {
            if (between_words && !out.empty() && out.back() != between_words) out += between_words;
        } else {
            for (auto const& [letter, plain] : plain_letters)
                if (name.starts_with(letter)) out += plain, used = letter.size();
        }
        name.remove_prefix(used);
    }
    return out;
}

std::string phone_number(random_stream& random, country const& where) {
    std::string number(where.phone);
    for (char& c : number)
        if (c == '#') c = static_cast<char>('0' + random.below(10));
    return number;
}

}  // namespace vanna::sample
